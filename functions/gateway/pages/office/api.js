// The public API, as staff ask it. The tokens stay in this tab, and what somebody may do is what their token says: what is not shown here
// for want of a permission would be refused there.
const token = 'mart.staff'; // the page of a flow has it, too: who has logged in here is not asked again there
const scope = 'mart.staff.scope'; // which that page has beside it
const login = 'mart.office'; // what renews it, what it lets one do, and whose it is
const device = 'mart.device'; // of this browser: it opens nothing, and lets its owner in while somebody else guesses at the account

const kept = () => JSON.parse(sessionStorage.getItem(login) ?? 'null');
export const loggedIn = () => kept() !== null;
export const who = () => kept()?.email ?? '';
export const may = (permission) => kept()?.scope.includes(permission) ?? false;

// Refusal is what the mart says when it does not do what was asked, in its own words.
export class Refusal extends Error {
  constructor(problem, status) {
    super(wordsOf(problem));
    this.code = problem?.code ?? '';
    this.faults = problem?.errors ?? []; // each with the place that it is about
    this.detail = problem?.detail ?? silent;
    this.status = status;
  }
}
export const silent = 'The mart does not answer. Try again in a moment.';
const wordsOf = (problem) => {
  const faults = (problem?.errors ?? []).map((e) => `${e.location.replace(/^(body|query|path)\./, '')} ${e.message}.`);
  return [...(problem?.code === 'invalid' && faults.length ? [] : [problem?.detail ?? silent]), ...faults].join(' ');
};

// LoggedOut is thrown when there is no log-in any more.
export class LoggedOut extends Error {}

const grant = async (form) => {
  const answer = await fetch('/oauth/token', { method: 'POST', body: new URLSearchParams({ client_id: 'backoffice', ...form }) }).catch(
    () => null,
  );
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Refusal({ detail: said?.error_description ?? said?.detail ?? silent }, answer?.status);
  return said;
};
const keep = (tokens, email) => {
  sessionStorage.setItem(token, tokens.access_token);
  sessionStorage.setItem(login, JSON.stringify({ refresh: tokens.refresh_token, scope: tokens.scope.split(' '), email }));
};

// enter logs somebody in. Error: Refusal.
export const enter = async (username, password) => {
  const known = localStorage.getItem(device);
  const tokens = await grant({ grant_type: 'password', username, password, ...(known && { device: known }) });
  if (tokens.device) localStorage.setItem(device, tokens.device);
  keep(tokens, username);
};

// leave logs out: here at once, and at the mart as soon as it hears of it.
export const leave = () => {
  const refresh = kept()?.refresh;
  if (refresh) fetch('/oauth/revoke', { method: 'POST', body: new URLSearchParams({ token: refresh }), keepalive: true }).catch(() => null);
  forget();
};
const forget = () => {
  for (const name of [token, scope, login]) sessionStorage.removeItem(name);
};

// renew takes the next access token. A refresh token is good once, so that all who wait for one wait for the same.
let renewing = null;
const renew = () => {
  renewing ??= (async () => {
    const { refresh, email } = kept() ?? {};
    try {
      if (!refresh) throw new LoggedOut();
      keep(await grant({ grant_type: 'refresh_token', refresh_token: refresh }), email);
    } catch (fault) {
      if (fault instanceof Refusal && !(fault.status < 500)) throw fault; // it did not answer: the log-in is as good as before
      forget();
      throw new LoggedOut('The log-in has ended. Log in again.');
    } finally {
      renewing = null;
    }
  })();
  return renewing;
};

// send asks, and asks once more with a new token where the one there was has ended. Errors: LoggedOut, Refusal.
const send = async (method, path, { body, ...headers } = {}) => {
  const ask = () =>
    fetch(path, {
      method,
      body,
      cache: 'no-store',
      headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang, ...headers, Authorization: `Bearer ${sessionStorage.getItem(token)}` },
    }).catch(() => {
      throw new Refusal(null);
    });
  if (!sessionStorage.getItem(token)) await renew();
  let answer = await ask();
  if (answer.status === 401) {
    await renew();
    answer = await ask();
  }
  if (answer.ok || answer.status === 304) return answer;
  throw new Refusal(await answer.json().catch(() => null), answer.status);
};

// ask is what is asked by whoever has no log-in. Error: Refusal.
export const ask = async (to, body) => {
  const answer = await fetch(to, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }).catch(
    () => null,
  );
  if (!answer?.ok) throw new Refusal(await answer?.json().catch(() => null), answer?.status);
};

// every is all that a list has, page by page: for choices, of which there are never many.
export const every = async (at, query = {}) => {
  const all = [];
  let cursor = '';
  do {
    const { items, nextCursor } = await read(path(at, { ...query, limit: 100, cursor }));
    all.push(...items);
    cursor = nextCursor;
  } while (cursor);
  return all;
};

// read is a thing or a page of a list. tagged is it with its ETag, or null where it is as it was when it had that one.
export const read = async (path) => (await send('GET', path)).json();
export const tagged = async (path, tag) => {
  const answer = await send('GET', path, tag ? { 'If-None-Match': tag } : {});
  return answer.status === 304 ? null : { it: await answer.json(), tag: answer.headers.get('ETag') };
};
// text is what is read as it is, such as a mail's page.
export const text = async (path, type) => (await send('GET', path, { Accept: type })).text();

// path is an address with what is asked of it; what is empty is not asked.
export const path = (at, query) => {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== ''));
  return asked.size ? `${at}?${asked}` : at;
};

// changes gives one intention its Idempotency-Keys: what is sent once more as it was, after a line that broke, is done once.
export const changes = () => {
  const keys = new Map();
  return async (method, to, body, { match, merge } = {}) => {
    const said = body === undefined ? undefined : JSON.stringify(body),
      known = `${method} ${to} ${said} ${match}`;
    if (!keys.has(known))
      keys.set(known, [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join(''));
    const answer = await send(method, to, {
      ...(said !== undefined && { body: said, 'Content-Type': merge ? 'application/merge-patch+json' : 'application/json' }),
      ...(match && { 'If-Match': match }),
      'Idempotency-Key': keys.get(known),
    });
    if (answer.status === 202) return decided(answer.headers.get('Location'));
    return answer.status === 204 ? null : answer.json();
  };
};

// decided waits for what the mart has taken and not decided yet. Errors: Refusal, as the request itself would have been refused.
const decided = async (operation) => {
  for (let asked = 0; asked < 20; asked++) {
    const { status, error } = await read(operation);
    if (status === 'succeeded') return null;
    if (status === 'failed') throw new Refusal(error, error?.status);
    await new Promise((after) => {
      setTimeout(after, 1000);
    });
  }
  throw new Refusal({
    detail: 'The mart has taken it and is not done with it yet. Read again in a moment before you ask for it once more.',
  });
};
