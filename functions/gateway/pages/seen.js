// The last ten of a message, out of the journal: a client of the public API like any other. The token of whoever reads stays in this tab.
const $ = (id) => document.getElementById(id);
const kept = 'mart.staff';
const { type, kind } = $('seen').dataset;
const wanted = 10, furthest = 5; // how many are shown; how many pages of the journal are looked through for an event, of which nothing but its results tells

const make = (tag, props = {}, ...inside) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...inside);
  return e;
};
const time = (at) => new Date(at).toLocaleString(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' });
const show = (...ids) => {
  for (const id of ['enter', 'again', 'leave', 'none']) $(id).hidden = !ids.includes(id);
};
const say = (text) => {
  $('problem').hidden = !text;
  $('problem').textContent = text;
};

const enter = async (event) => {
  event.preventDefault();
  say('');
  const form = new URLSearchParams({ grant_type: 'password', client_id: 'backoffice', username: $('email').value, password: $('password').value });
  const answer = await fetch('/oauth/token', { method: 'POST', body: form }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok) return say(said?.error_description ?? said?.detail ?? 'The mart does not answer. Try again.');
  $('password').value = '';
  sessionStorage.setItem(kept, said.access_token);
  look();
};
const leave = (why = '') => {
  sessionStorage.removeItem(kept);
  $('last').replaceChildren();
  show('enter');
  say(why);
};

// ask is a page of the journal; it throws what to tell whoever reads.
const ask = async (query) => {
  const answer = await fetch(`/journal?${new URLSearchParams(query)}`, { headers: { Authorization: `Bearer ${sessionStorage.getItem(kept)}` }, cache: 'no-store' }).catch(() => null);
  if (answer?.ok) return answer.json();
  if (answer?.status === 401) throw { out: 'The log-in has ended. Log in again.' };
  if (answer?.status === 403) throw { out: 'This account may not read the journal: it takes the permission journal:read.' };
  const problem = await answer?.json().catch(() => null);
  throw { why: problem?.detail ?? 'The mart does not answer. Look again.' };
};

// last is the newest decisions that are about the message: its own, or those by which it was told.
const last = async () => {
  if (kind === 'command') {
    const { items } = await ask({ type, limit: wanted });
    return { seen: items.map((entry) => ({ entry, data: null })), looked: 0 };
  }
  const seen = [];
  let looked = 0, cursor = '';
  for (let page = 0; page < furthest && seen.length < wanted; page++) {
    const { items, nextCursor } = await ask({ limit: 100, ...(cursor && { cursor }) });
    looked += items.length;
    for (const entry of items) for (const result of entry.results) if (result.type === type) seen.push({ entry, data: result.data, subject: result.subject });
    cursor = nextCursor;
    if (!cursor) break;
  }
  return { seen: seen.slice(0, wanted), looked };
};

const row = ({ entry, data, subject = entry.subject }) => {
  const flow = make('a', { href: `/flow/${encodeURIComponent(entry.correlation)}` }, 'what happened');
  const facts = make('span', { className: 'quiet' }, ` ${entry.outcome} · `, flow, ` · by ${entry.by.type} ${entry.by.id ?? ''} · about `, make('code', {}, subject));
  const item = make('li', {}, make('time', { dateTime: entry.decidedAt }, time(entry.decidedAt)), facts);
  const told = data ?? entry.results.map((r) => ({ type: r.type, data: r.data }));
  const said = make('pre', { tabIndex: 0 }, JSON.stringify(told, null, 2));
  said.setAttribute('role', 'region');
  said.setAttribute('aria-label', `What was said at ${time(entry.decidedAt)}`);
  item.append(make('details', {}, make('summary', {}, data ? 'What it said' : 'What came of it'), said));
  return item;
};

const look = async () => {
  say('');
  try {
    const { seen, looked } = await last();
    $('last').replaceChildren(...seen.map(row));
    $('none').textContent = looked ? `There is none among the last ${looked} decisions.` : 'There was none yet.';
    show('again', 'leave', ...(seen.length ? [] : ['none']));
  } catch (fault) {
    if (fault.out) return leave(fault.out);
    show('again', 'leave');
    say(fault.why ?? 'What the mart answered could not be shown.');
  }
};

$('seen').hidden = false; // without this script there is nothing in it
$('enter').addEventListener('submit', enter);
$('leave').addEventListener('click', () => leave());
$('again').addEventListener('click', look);
if (sessionStorage.getItem(kept)) look();
else show('enter');
