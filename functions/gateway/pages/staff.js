// Staff on a page that shows what is theirs to see: a form to log in by, and questions with the token of whoever did.
// The token stays in this tab; the office has the same one, so that who has logged in there is not asked again here.
const kept = 'mart.staff',
  scope = 'mart.staff.scope', // what they may do
  office = 'mart.office';
const silent = 'The mart does not answer. Try again.';

export const $ = (id) => document.getElementById(id);
export const make = (tag, props = {}, ...inside) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...inside);
  return e;
};
export const say = (text) => {
  $('problem').hidden = !text;
  $('problem').textContent = text;
};
export const isLoggedIn = () => sessionStorage.getItem(kept) !== null;
// may tells whether to lead somebody to where it is done; the mart decides it anew, whatever this says.
export const may = (permission) =>
  (JSON.parse(sessionStorage.getItem(office))?.scope ?? sessionStorage.getItem(scope)?.split(' ') ?? []).includes(permission);

// Out is thrown where the log-in opens nothing, or nothing any more.
export class Out extends Error {}

// ask reads as whoever has logged in. The answer is null where there is none.
export const ask = async (path, headers = {}) => {
  const answer = await fetch(path, {
    headers: { Accept: 'application/json', Authorization: `Bearer ${sessionStorage.getItem(kept)}`, ...headers },
    cache: 'no-store',
  }).catch(() => null);
  if (answer?.status === 401) throw new Out('The log-in has ended. Log in again.');
  if (answer?.status === 403)
    throw new Out('This account may not read the journal: it takes the permission journal:read.');
  return answer;
};

// forget is for a token that opens nothing. Who leaves leaves the office, too, if they have come from there: here at
// once, and at the mart as soon as it hears of it.
export const forget = () => [kept, scope].forEach((name) => sessionStorage.removeItem(name));
export const leave = () => {
  const { refresh } = JSON.parse(sessionStorage.getItem(office)) ?? {};
  forget();
  sessionStorage.removeItem(office);
  if (!refresh) return;
  const body = new URLSearchParams({ token: refresh });
  fetch('/oauth/revoke', { method: 'POST', body, keepalive: true }).catch(() => null); // nobody waits for it
};

// door has the page's form log somebody in; then goes on.
export const door = (then) =>
  $('enter').addEventListener('submit', async (event) => {
    event.preventDefault();
    say('');
    const form = {
      grant_type: 'password',
      client_id: 'backoffice',
      username: $('email').value,
      password: $('password').value,
    };
    const answer = await fetch('/oauth/token', { method: 'POST', body: new URLSearchParams(form) }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (!answer?.ok) return say(said?.error_description ?? said?.detail ?? silent);
    $('password').value = '';
    sessionStorage.setItem(kept, said.access_token);
    sessionStorage.setItem(scope, said.scope);
    then();
  });
