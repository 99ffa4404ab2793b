// The last ten of a message, out of the journal: a client of the public API like any other.
import { $, ask, door, forget, isLoggedIn, leave, make, Out, say } from './staff.js';
import { id, locale } from './words.js';

const { type, kind } = $('seen').dataset;
// How many are shown; how many pages of the journal are looked through for an event, of which only its results tell.
const wanted = 10,
  furthest = 5;

const written = {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
};
const time = (at) => new Date(at).toLocaleString(locale, written);
const show = (...ids) => {
  for (const id of ['enter', 'again', 'leave', 'none']) $(id).hidden = !ids.includes(id);
};
const out = (why) => {
  forget();
  $('last').replaceChildren();
  show('enter');
  say(why);
};

// page is one of the journal's; it throws what to tell whoever reads.
const page = async (query) => {
  const answer = await ask(`/journal?${new URLSearchParams(query)}`);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok) return said;
  throw { why: said?.detail ?? 'The mart does not answer. Look again.' };
};

// last is the newest decisions that are about the message: its own, or those by which it was told.
const last = async () => {
  if (kind === 'command') {
    const { items } = await page({ type, limit: wanted });
    return { seen: items.map((entry) => ({ entry, data: null })), looked: 0 };
  }
  const seen = [];
  let looked = 0,
    cursor = '';
  for (let pages = 0; pages < furthest && seen.length < wanted; pages++) {
    const { items, nextCursor } = await page({ limit: 100, ...(cursor && { cursor }) });
    looked += items.length;
    for (const entry of items) {
      for (const { data, subject } of entry.results.filter((r) => r.type === type)) seen.push({ entry, data, subject });
    }
    cursor = nextCursor;
    if (!cursor) break;
  }
  return { seen: seen.slice(0, wanted), looked };
};

// named is a long id short, which a click copies, and a name as it is.
const named = (whole) => (whole.length > 20 ? id(whole) : whole);
const row = ({ entry, data, subject = entry.subject }) => {
  const flow = make('a', { href: `/flow/${encodeURIComponent(entry.correlation)}` }, 'in the journal');
  const by = [` · by ${entry.by.type} `, ...(entry.by.id ? [named(entry.by.id)] : [])];
  const facts = make('span', { className: 'quiet' }, ` ${entry.outcome} · `, flow, ...by, ' · about ', named(subject));
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
    if (fault instanceof Out) return out(fault.message);
    show('again', 'leave');
    say(fault.why ?? 'What the mart answered could not be shown.');
  }
};

$('seen').hidden = false; // without this script there is nothing in it
door(look);
$('leave').addEventListener('click', () => {
  leave();
  out('');
});
$('again').addEventListener('click', look);
if (isLoggedIn()) look();
else show('enter');
