// The journal: what happened, told and drawn. A client of the public API like any other.
import { $, ask, door, forget, isLoggedIn, leave, make, Out, say } from './staff.js';

const asked = decodeURIComponent(location.pathname.split('/')[2] ?? '');
const quick = 1000,
  slow = 15000; // until the next look: while things happen, and when they have not for a while

const clock = { hour: 'numeric', minute: '2-digit', second: '2-digit' },
  exact = { ...clock, fractionalSecondDigits: 3 };
const days = { year: 'numeric', month: 'short', day: 'numeric' };
const day = (at) => new Date(at).toLocaleDateString(undefined, { ...days, month: 'long' });
const time = (at, how = exact) => new Date(at).toLocaleString(undefined, { ...days, ...how });
// moment is a time where the reader is; its title has it as logs do, in UTC.
const utc = (at) => `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
const moment = (at, text) => make('time', { dateTime: at, title: utc(at) }, text);
const timeOfDay = (at) => moment(at, new Date(at).toLocaleTimeString(undefined, exact));
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const amount = (n, unit) => `${n}\u00a0${unit}`;
const lasting = (ms) => {
  if (ms < 1000) return amount(Math.round(ms), 'ms');
  if (ms < 60e3) return amount((ms / 1000).toFixed(1), 's');
  return ms < 3600e3 ? amount(Math.round(ms / 60e3), 'min') : amount((ms / 3600e3).toFixed(1), 'h');
};
// parts lets a name break behind its points and underscores.
const parts = (name) => name.split(/(?<=[._])/).flatMap((part, i) => (i ? [make('wbr'), part] : [part]));

// inWords is a text as people read it: who did something is said by what they are, where there is one of them; any other
// id is short. Its end tells it from others of the same minute; a click copies all of it. Times are the reader's own.
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const special = new RegExp(
  `((?:staff|customer|the guest of order) ${uuid}|${uuid}|\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC)`,
  'i',
);
let people = new Map(); // what they are: the ids of those who are
const inWords = (text) => text.split(special).flatMap((part, i) => (i % 2 ? said(part) : [part]));
const said = (part) => {
  if (part.endsWith(' UTC')) return [moment(part.replace(' UTC', 'Z').replace(' ', 'T'), time(part, clock))];
  const [whole] = part.match(new RegExp(`${uuid}$`));
  const who = part.slice(0, -whole.length).replace(' of order', '').trim();
  if (who && people.get(who.toLowerCase())?.size === 1) return [id(whole, who)];
  return [who ? `${who} ` : '', id(whole)];
};
const count = (texts) => {
  people = new Map();
  for (const [, who, whole] of texts.join('\n').matchAll(new RegExp(`(staff|customer|the guest) (?:of order )?(${uuid})`, 'gi'))) {
    const known = people.get(who.toLowerCase()) ?? new Set();
    people.set(who.toLowerCase(), known.add(whole));
  }
};
const id = (whole, who = '') => {
  const short = who || `…${whole.slice(-8)}`;
  const button = make('button', { type: 'button', className: who ? 'id who' : 'id', title: `Copy ${whole}` }, short);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(whole); // there only where the page came by https, or from this machine
      button.textContent = 'copied';
      setTimeout(() => {
        button.textContent = short;
      }, 1500);
    } catch {
      button.textContent = whole;
      getSelection().selectAllChildren(button);
    }
  });
  return button;
};

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
  $('waits').replaceChildren(...(flow.waits.length ? flow.waits.map((w) => waiting(w, flow.steps)) : [make('li', {}, 'Nothing.')]));
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
    ...letter(w.do ?? [], steps),
  );
// letter leads to where an event lies that could not be delivered, if it could not: staff look at it and send it again
// there.
const letter = (runs, steps) => {
  const [, event] = runs.join('\n').match(/^mart dead-letters --id (\S+)$/m) ?? [];
  const type = steps.find((s) => s.id === event)?.name;
  if (!event || !hasOffice) return [];
  const asked = new URLSearchParams({ state: 'open', ...(type && { type }) });
  return [make('p', { className: 'there' }, make('a', { href: `/office/dead-letters?${asked}` }, 'Look among the dead letters'))];
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
  const names = [...new Set(steps.map((s) => s.lane))];
  $('lanes').style.setProperty('--lanes', names.length);
  $('lanes').classList.toggle('many', names.length > 9);
  $('heads').replaceChildren(make('span', {}, 'time'), ...names.map((n) => make('span', {}, n)));
  const focused = document.activeElement?.closest?.('#steps button')?.dataset.step;
  const begun = Math.min(...steps.map((s) => Date.parse(s.at)));
  let before = begun;
  $('steps').replaceChildren(
    ...steps.map((s) => {
      const at = Date.parse(s.at),
        gap = at - before;
      before = Math.max(before, at);
      return row(s, names.indexOf(s.lane), at - begun, gap);
    }),
  );
  if (focused) document.querySelector(`#steps button[data-step="${CSS.escape(focused)}"]`)?.focus();
};
const row = (s, lane, since, gap) => {
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
const payload = (s) => {
  const facts = [
    ['at', moment(s.at, time(s.at))],
    ['until', s.until && moment(s.until, time(s.until))],
    ['about', s.subject],
    ['asked by', s.by && `${s.by.type} ${s.by.id ?? ''}`],
    ['refused', s.refusal && `${s.refusal.code}: ${s.refusal.detail}`],
    ['what to do', s.refusal?.advice],
  ].filter(([, value]) => value);
  const list = make(
    'dl',
    {},
    ...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))),
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
