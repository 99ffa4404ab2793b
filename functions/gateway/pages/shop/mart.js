// The mart's public API, as any storefront calls it. A shop that is served elsewhere says here where the mart is and
// below which path its own pages are; the mart must allow its origin (CORS_ORIGINS, PAYMENT_RETURN_ORIGINS).
export const mart = '';
export const base = '/shop';

// What is kept in this browser: the log-in, the cart's secret, what opens a guest's orders.
export const kept = (name) => JSON.parse(localStorage.getItem(`shop.${name}`));
export const keep = (name, value) =>
  value === null
    ? localStorage.removeItem(`shop.${name}`)
    : localStorage.setItem(`shop.${name}`, JSON.stringify(value));

// Problem is a refusal in the mart's own words: detail, code, errors, and for some the quote of now.
export class Problem extends Error {
  constructor(status, said = {}) {
    super(said.detail ?? said.error_description ?? 'The mart does not answer. Try again in a moment.');
    Object.assign(this, said, { status, detail: this.message, code: said.code ?? said.error });
  }
}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));
const seconds = (answer, otherwise) => 1000 * (Number(answer?.headers.get('Retry-After')) || otherwise);
const random = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

// fetched is an answer, whose sentences are in the language of the page, whatever its reader's browser prefers. What may
// be repeated (it only reads, or has an Idempotency-Key) is repeated while the mart is away for a moment.
const fetched = async (path, request) => {
  const again = request.method === 'GET' || request.headers['Idempotency-Key'];
  const headers = { 'Accept-Language': document.documentElement.lang, ...request.headers };
  for (let tries = 1; ; tries++) {
    const how = { ...request, headers, cache: request.cache ?? 'no-store' };
    const answer = await fetch(mart + path, how).catch(() => null);
    if (answer && ![429, 502, 503, 504].includes(answer.status)) return answer;
    if (answer?.status === 429 || !again || tries === 4) {
      throw new Problem(answer?.status ?? 0, await answer?.json().catch(() => undefined));
    }
    await pause(Math.min(seconds(answer, tries), 5000));
  }
};
const said = async (answer) => {
  const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, body);
  return body;
};

// The log-in. Each use of a refresh token gives a new one, and one that comes twice ends the log-in: so one tab at a
// time exchanges it.
const loggedIn = (session) => {
  keep(
    'session',
    session && {
      access: session.access_token,
      refresh: session.refresh_token,
      until: Date.now() + 1000 * session.expires_in,
    },
  );
  if (session?.device) keep('device', session.device);
  dispatchEvent(new Event('session'));
};
const issue = async (form) =>
  said(
    await fetched('/oauth/token', {
      method: 'POST',
      headers: {},
      body: new URLSearchParams({ client_id: 'storefront', ...form }),
    }),
  );
export const isLoggedIn = () => kept('session') !== null;
export const logIn = async (username, password) => {
  loggedIn(
    await issue({ grant_type: 'password', username, password, ...(kept('device') && { device: kept('device') }) }),
  );
  await claim();
};
export const logOut = async () => {
  const { refresh } = kept('session') ?? {};
  loggedIn(null);
  keep('cart', null);
  if (refresh)
    await fetched('/oauth/revoke', {
      method: 'POST',
      headers: {},
      body: new URLSearchParams({ token: refresh }),
    }).catch(() => null);
};
// forget is for a log-in that is no more: this browser knows nothing of it, and the cart is nobody's.
export const forget = () => {
  loggedIn(null);
  keep('cart', null);
  keep('device', null);
};
const alone = (work) => (navigator.locks ? navigator.locks.request('shop.session', work) : work());
const token = (refused = '') =>
  alone(async () => {
    const session = kept('session');
    if (!session) return null;
    if (session.until - Date.now() > 20_000 && session.access !== refused) return session.access;
    try {
      loggedIn(await issue({ grant_type: 'refresh_token', refresh_token: session.refresh }));
    } catch (problem) {
      if (problem.status !== 400) throw problem;
      loggedIn(null);
    }
    return kept('session')?.access ?? null;
  });

// by says who asks: nobody; whoever is logged in; whom an order's token or a cart's secret lets in.
const credentials = async (by, refused) => {
  const own = typeof by === 'string' && kept('orders')?.[by];
  if (own) return { 'Order-Token': own };
  if (by?.secret) return { 'Cart-Secret': by.secret };
  const access = by === undefined ? null : await token(refused);
  return access ? { Authorization: `Bearer ${access}` } : {};
};
const asked = async (path, request, by) => {
  const who = await credentials(by);
  const answer = await fetched(path, { ...request, headers: { ...request.headers, ...who } });
  if (answer.status !== 401 || !who.Authorization) return answer;
  const next = await credentials(by, who.Authorization.slice(7));
  return next.Authorization ? fetched(path, { ...request, headers: { ...request.headers, ...next } }) : answer;
};

// get reads. by: see above. With an ETag the answer is null while nothing has changed.
export const get = async (path, by, { tag, tags } = {}) => {
  const answer = await asked(path, { method: 'GET', headers: tag ? { 'If-None-Match': tag } : {} }, by);
  if (answer.status === 304) return null;
  const body = await said(answer);
  return tags ? { body, tag: answer.headers.get('ETag') } : body;
};

// all is a list in full, page by page.
export const all = async (path, by) => {
  const found = [];
  for (let cursor = ''; cursor !== undefined;) {
    const page = await get(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path, by);
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
};

// ask asks by a POST what is not kept, such as a quote.
export const ask = async (path, body) =>
  said(
    await fetched(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

// A wish is one thing that somebody wants done. Its Idempotency-Key is the same for a double click, and after a reload,
// so that it is done once; it is another one when something else is wanted, or when it was done. What has a password in
// it is not kept for a reload.
const wishes = new Map();
const keyOf = (wish, body, secret) => {
  const at = `shop.wish.${wish}`,
    is = JSON.stringify(body ?? null);
  const known = wishes.get(wish) ?? (secret ? null : JSON.parse(sessionStorage.getItem(at)));
  if (known?.is === is) return known.key;
  const fresh = { is, key: random() };
  wishes.set(wish, fresh);
  if (!secret) sessionStorage.setItem(at, JSON.stringify(fresh));
  return fresh.key;
};
const fulfilled = (wish) => {
  wishes.delete(wish);
  sessionStorage.removeItem(`shop.wish.${wish}`);
};

// send has something done, once, and gives what came of it: a 202 is asked after until it is decided. tag is the ETag
// of what is changed.
const underWay = new Map();
export const send = (method, path, body, { wish = `${method} ${path}`, by, tag, secret } = {}) => {
  const key = keyOf(wish, body, secret);
  const running = underWay.get(key);
  if (running) return running;
  const work = perform(method, path, body, key, by, tag)
    .then(
      (result) => {
        fulfilled(wish);
        return result;
      },
      (problem) => {
        if (problem.status >= 400 && problem.status < 500 && problem.code !== 'too_many_requests') fulfilled(wish); // that one was not looked at
        throw problem;
      },
    )
    .finally(() => underWay.delete(key));
  underWay.set(key, work);
  return work;
};
const perform = async (method, path, body, key, by, tag) => {
  const headers = {
    'Idempotency-Key': key,
    Prefer: 'wait=10',
    ...(tag && { 'If-Match': tag }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const answer = await asked(
    path,
    { method, headers, body: body === undefined ? undefined : JSON.stringify(body) },
    by,
  );
  const result = await said(answer);
  return answer.status === 202 && answer.headers.has('Location') ? decided(answer, result, by) : result;
};
const decided = async (answer, begun, by) => {
  const order = begun.token?.split('.')[0];
  if (order) keep('orders', { ...kept('orders'), [order]: begun.token });
  for (let wait = answer; ;) {
    await pause(Math.min(seconds(wait, 1), 3000));
    wait = await asked(
      new URL(answer.headers.get('Location'), location.origin + mart).pathname,
      { method: 'GET', headers: {} },
      order ?? by,
    );
    const operation = await said(wait);
    if (operation.status === 'failed') throw new Problem(operation.error.status, operation.error);
    if (operation.status === 'succeeded') {
      const is = operation.resource?.href
        ? await get(new URL(operation.resource.href, location.origin).pathname, order ?? by)
        : operation;
      return order ? { ...is, token: begun.token } : is;
    }
  }
};

// The cart: of whoever is logged in their own, else one that its secret opens.
const ofCart = () => (isLoggedIn() ? null : kept('cart'));
const tell = (cart) => {
  dispatchEvent(new CustomEvent('cart', { detail: cart }));
  return cart;
};
const opened = async () => {
  const cart = await send('POST', '/carts', undefined, { by: null });
  keep('cart', { id: cart.id, secret: cart.secret });
  return cart;
};
// readCart is the cart as it is now; null: there is none. With ordered also one that has become an order.
export const readCart = async ({ ordered = false } = {}) => {
  const known = kept('cart');
  if (!known) return tell(isLoggedIn() ? await opened() : null);
  try {
    const cart = await get(`/carts/${known.id}`, ofCart());
    if (cart.status === 'open' || ordered) return tell(cart);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
  }
  keep('cart', null);
  return tell(isLoggedIn() ? await opened() : null);
};
export const putInCart = async (product, quantity) => {
  const cart = (await readCart()) ?? (await opened());
  const path = `/carts/${cart.id}/lines/${product}`;
  return tell(
    quantity
      ? await send('PUT', path, { quantity }, { by: ofCart() })
      : await send('DELETE', path, undefined, { by: ofCart() }),
  );
};
// orderCart has the cart become an order. A guest's is opened by its token from then on, which is answered here alone:
// so what was begun is known after a reload, and asked for again in the same words.
export const orderCart = async (cart, body) => {
  sessionStorage.setItem('shop.ordering', JSON.stringify({ cart: cart.id, body }));
  try {
    const order = await send('POST', `/carts/${cart.id}/order`, body, { by: ofCart() });
    if (order.token) keep('orders', { ...kept('orders'), [order.id]: order.token });
    sessionStorage.removeItem('shop.ordering');
    return order;
  } catch (problem) {
    if (problem.status >= 400 && problem.status < 500) sessionStorage.removeItem('shop.ordering');
    throw problem;
  }
};
export const orderBegun = async (cart) => {
  const begun = JSON.parse(sessionStorage.getItem('shop.ordering'));
  return begun?.cart === cart?.id && begun ? orderCart(cart, begun.body).catch(() => null) : null;
};
const claim = async () => {
  const known = kept('cart');
  keep('cart', null);
  const cart = known?.secret ? await claimed(known) : null;
  if (cart) keep('cart', { id: cart.id });
  await readCart();
};
const claimed = async (known) => {
  const access = await token();
  const answer = await fetched(`/carts/${known.id}/claim`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${access}`,
      'Cart-Secret': known.secret,
      'Idempotency-Key': random(),
      Prefer: 'wait=10',
    },
  });
  return answer.status === 200 ? answer.json() : null; // one that is gone, or was ordered, is nobody's to claim
};

// openOrder takes what opens a guest's order from the address of a mail's link, behind the #, which no server is sent.
export const openOrder = (id) => {
  const shown = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!shown) return;
  keep('orders', { ...kept('orders'), [id]: shown });
  history.replaceState(history.state, '', location.pathname + location.search);
};
