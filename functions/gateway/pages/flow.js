// The journal: what happened, told and drawn. A client of the public API like any other.
import { $, ask, door, forget, isLoggedIn, leave, make, may, Out, say } from './staff.js';
import { clock, count, day, id, inWords, lasting, moment, parts, time, timeOfDay, timeZone } from './words.js';

const asked = decodeURIComponent(location.pathname.split('/')[2] ?? '');
const quick = 1000,
  slow = 15000; // until the next look: while things happen, and when they have not for a while

const show = (...shown) => {
  for (const part of ['ask', 'enter', 'told']) $(part).hidden = !shown.includes(part);
};
const out = (why) => {
  forget();
  clearTimeout(next);
  show('enter');
  say(why);
  $('email').focus();
};

// Looking, and looking again: functions answer questions and end there, so that what is live is asked for once more,
// with its ETag.
let tag = '',
  next = 0,
  pause = quick;
const look = async () => {
  clearTimeout(next);
  let answer;
  try {
    answer = await ask(`/flow/${encodeURIComponent(asked)}`, tag ? { 'If-None-Match': tag } : {});
  } catch (fault) {
    if (fault instanceof Out) return out(fault.message);
    throw fault;
  }
  if (answer?.ok) {
    tag = answer.headers.get('ETag');
    pause = quick;
    tell(await answer.json());
  } else if (answer?.status === 304) {
    pause = Math.min(pause * 1.5, slow);
  } else if (answer && answer.status < 500 && answer.status !== 429) {
    const problem = await answer.json().catch(() => ({}));
    show('ask');
    return say(problem.errors?.map((e) => `It ${e.message}`).join(' ') ?? problem.detail ?? 'It cannot be shown.');
  } else {
    pause = slow;
  }
  $('live').classList.toggle('away', !answer || answer.status >= 500);
  if (!document.hidden) next = setTimeout(look, pause);
};
document.addEventListener('visibilitychange', () => {
  clearTimeout(next);
  if (!document.hidden && !$('told').hidden) look();
});

// Telling.
const tell = (flow) => {
  say('');
  show('ask', 'told');
  $('title').textContent = flow.title.replace(/M-(?=\d)/, 'M\u2011'); // a number is one word
  document.title = `${flow.title} · Mart`;
  $('lead').hidden = true;
  beside(flow);
  $('live').textContent = `Live · times are in ${timeZone}`;
  count([...flow.story.flatMap((s) => [s.text, ...s.details]), ...flow.waits.map((w) => w.text)]);
  $('waits').replaceChildren(...(flow.waits.length ? flow.waits.map((w) => waiting(w, flow.steps)) : [make('li', { className: 'none' }, 'Nothing: all of it is done.')]));
  $('story').replaceChildren(
    ...flow.story.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).flatMap(sentence),
    ...(flow.cut ? [make('li', {}, 'There is more than is shown here.')] : []),
  );
  lanes(flow.steps);
};
// beside leads to the order in the office, where this mart has one.
const hasOffice = $('beside') !== null;
const beside = ({ title }) => {
  if (!hasOffice) return;
  const [number] = title.match(/M-\d+/) ?? [];
  $('beside').hidden = !number;
  $('beside').href = `/office/orders/${number}`;
};
const waiting = (w, steps) =>
  make(
    'li',
    {},
    ...inWords(w.text),
    ...(w.until ? [' ', make('strong', {}, 'Until ', moment(w.until, time(w.until, clock)), '.')] : []),
    ...(w.do ?? []).map((run) => make('code', { className: 'run' }, run)),
    ...[inOffice(w, steps)].filter(Boolean).map(([href, words]) => make('p', { className: 'there' }, make('a', { href }, words))),
  );
// inOffice is where in the office somebody does what it waits for, if this mart has one and they may.
const inOffice = (w, steps) => {
  if (!hasOffice) return null;
  const what = w.request?.split('/').at(-1);
  if (what && may('orders:write'))
    return [`/office/orders/${w.subject}`, what === 'delivery' ? 'Say in the office that it has arrived' : 'Send it in the office'];
  if (!may('dead-letters:read')) return null;
  if (w.letter) return [`/office/dead-letters/${w.letter}`, 'Look at the dead letter'];
  return among(w.do ?? [], steps);
};
// among leads to where the letter about an event will be, if it becomes one.
const among = (runs, steps) => {
  const [, event] = runs.join('\n').match(/^mart dead-letters --id (\S+)$/m) ?? [];
  if (!event) return null;
  const type = steps.find((s) => s.id === event)?.name;
  return [`/office/dead-letters?${new URLSearchParams({ state: 'open', ...(type && { type }) })}`, 'Look among the dead letters'];
};
// sentence is a decision in words, below its day where that is another one than that of the decision before.
const sentence = (s, i, all) => [
  ...(i && day(s.at) === day(all[i - 1].at) ? [] : [make('li', { className: 'day' }, day(s.at))]),
  make(
    'li',
    {},
    timeOfDay(s.at),
    make('div', {}, ...inWords(s.text), ...s.details.map((d) => make('div', { className: 'became' }, ...inWords(d)))),
  ),
];

const opened = new Set(); // ids of the steps that are open, which stay so when more happens
const lanes = (caused) => {
  // What led to something still stands before it.
  const steps = caused.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const names = [...new Set(steps.map((s) => s.lane))],
    at = new Map(steps.map((s) => [s.id, names.indexOf(s.lane)]));
  $('lanes').style.setProperty('--lanes', names.length);
  $('lanes').classList.toggle('many', names.length > 9);
  $('heads').replaceChildren(make('span', {}, 'time'), ...names.map((n) => make('span', {}, n)));
  $('lives').replaceChildren(make('span'), ...names.map(() => make('span')));
  const focused = document.activeElement?.closest?.('#steps button')?.dataset.step;
  const begun = Math.min(...steps.map((s) => Date.parse(s.at)));
  let before = begun;
  $('steps').replaceChildren(
    ...steps.map((s) => {
      const when = Date.parse(s.at),
        gap = when - before;
      before = Math.max(before, when);
      return row(s, at.get(s.id), at.get(s.parent), when - begun, gap);
    }),
  );
  if (focused) document.querySelector(`#steps button[data-step="${CSS.escape(focused)}"]`)?.focus();
};
const row = (s, lane, from, since, gap) => {
  const took = s.until ? Date.parse(s.until) - Date.parse(s.at) : 0;
  const tries = s.attempts > 1 && `${s.attempts} tries`;
  const facts = [s.kind, took > 0 && lasting(took), tries, s.outcome !== 'done' && s.outcome]
    .filter(Boolean)
    .join(' · ');
  const button = make(
    'button',
    { type: 'button', className: `step ${s.kind} ${s.outcome}` },
    make('span', { className: 'lane' }, s.lane),
    make('strong', {}, ...parts(s.name)),
    make('span', { className: 'facts' }, facts),
  );
  button.dataset.step = s.id;
  button.setAttribute('aria-expanded', opened.has(s.id));
  const item = make('li', {}, make('span', { className: 'since' }, `+${lasting(Math.max(0, since))}`), button);
  item.style.setProperty('--lane', lane);
  if (from !== undefined && from !== lane) item.append(way(from, lane));
  if (gap > 5000) item.classList.add('later');
  if (opened.has(s.id)) item.append(payload(s));
  button.addEventListener('click', () => {
    if (opened.delete(s.id)) item.lastChild.remove();
    else {
      opened.add(s.id);
      item.append(payload(s));
    }
    button.setAttribute('aria-expanded', opened.has(s.id));
  });
  return item;
};
// way is drawn from the lane of what led to a step to its own.
const way = (from, to) => {
  const line = make('span', { className: from < to ? 'way' : 'way back', ariaHidden: 'true' });
  line.style.setProperty('--from', from);
  return line;
};
const payload = (s) => {
  const facts = [
    ['at', moment(s.at, time(s.at))],
    ['until', s.until && moment(s.until, time(s.until))],
    ['about', s.subject && named(s.subject)],
    ['asked by', s.by && [`${s.by.type} `, ...(s.by.id ? [named(s.by.id)] : [])]],
    ['refused', s.refusal && `${s.refusal.code}: ${s.refusal.detail}`],
    ['what to do', s.refusal?.advice],
  ].filter(([, value]) => value);
  const list = make(
    'dl',
    {},
    ...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, ...[value].flat()))),
  );
  const box = make('div', { className: 'payload' }, list);
  if (s.data) {
    const said = make('pre', { tabIndex: 0 }, JSON.stringify(s.data, null, 2));
    said.setAttribute('aria-label', `What ${s.name} said`);
    said.setAttribute('role', 'region');
    box.append(said);
  }
  return box;
};
// named is a long id short, which a click copies, and a name as it is.
const named = (whole) => (whole.length > 20 ? id(whole) : whole);
$('steps').addEventListener('keydown', (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || event.target.tagName !== 'BUTTON') return;
  const all = [...document.querySelectorAll('#steps button')];
  all[all.indexOf(event.target) + by]?.focus();
  event.preventDefault();
});

const begin = () => {
  $('what').value = asked;
  if (!isLoggedIn()) return show('enter');
  if (!asked) return show('ask');
  look();
};
door(begin);
$('leave').addEventListener('click', () => {
  leave();
  out('');
});
$('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  location.assign(`/flow/${encodeURIComponent($('what').value.trim())}`);
});
begin();
