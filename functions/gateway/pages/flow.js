// What happened: a client of the public API like any other. The token of whoever reads stays in this tab.
const $ = (id) => document.getElementById(id);
const kept = 'mart.staff';
const asked = decodeURIComponent(location.pathname.split('/')[2] ?? '');
const quick = 1000, slow = 15000; // how long until the next look, while things happen and when they have not for a while

const make = (tag, props = {}, ...inside) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...inside);
  return e;
};
const time = (at) => new Date(at).toLocaleString(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
const amount = (n, unit) => `${n}\u00a0${unit}`;
const lasting = (ms) => ms < 1000 ? amount(Math.round(ms), 'ms') : ms < 60e3 ? amount((ms / 1000).toFixed(1), 's') : ms < 3600e3 ? amount(Math.round(ms / 60e3), 'min') : amount((ms / 3600e3).toFixed(1), 'h');
const parts = (name) => name.split(/(?<=[._])/).flatMap((part, i) => i ? [make('wbr'), part] : [part]); // it may break behind these

const show = (...ids) => {
  for (const id of ['ask', 'enter', 'told']) $(id).hidden = !ids.includes(id);
};
const say = (text) => {
  $('problem').hidden = !text;
  $('problem').textContent = text;
};

// The way in.
const enter = async (event) => {
  event.preventDefault();
  say('');
  const form = new URLSearchParams({ grant_type: 'password', client_id: 'backoffice', username: $('email').value, password: $('password').value });
  const answer = await fetch('/oauth/token', { method: 'POST', body: form }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok) return say(said?.error_description ?? said?.detail ?? 'The mart does not answer. Try again.');
  $('password').value = '';
  sessionStorage.setItem(kept, said.access_token);
  begin();
};
const leave = (why = '') => {
  sessionStorage.removeItem(kept);
  clearTimeout(next);
  show('enter');
  say(why);
  $('email').focus();
};

// Looking, and looking again: functions answer questions and end there, so that what is live is asked for once more, with its ETag.
let tag = '', next = 0, pause = quick;
const look = async () => {
  clearTimeout(next);
  const token = sessionStorage.getItem(kept);
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}`, ...(tag && { 'If-None-Match': tag }) };
  const answer = await fetch(`/flow/${encodeURIComponent(asked)}`, { headers, cache: 'no-store' }).catch(() => null);
  if (answer?.status === 401) return leave('The log-in has ended. Log in again.');
  if (answer?.status === 403) return leave('This account may not read the journal: it takes the permission journal:read.');
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
  $('live').textContent = 'Live';
  $('waits').replaceChildren(...(flow.waits.length ? flow.waits.map(waiting) : [make('li', {}, 'Nothing.')]));
  $('story').replaceChildren(...flow.story.map(sentence), ...(flow.cut ? [make('li', {}, 'There is more than is shown here.')] : []));
  lanes(flow.steps);
};
const waiting = (w) => make('li', {}, w.text, ...(w.until ? [' ', make('strong', {}, `Until ${time(w.until)}.`)] : []),
  ...(w.do ?? []).map((run) => make('code', { className: 'run' }, run)));
const sentence = (s) => make('li', {}, make('time', { dateTime: s.at }, time(s.at)), make('div', {}, s.text,
  ...s.details.map((d) => make('div', { className: 'became' }, d))));

const opened = new Set(); // ids of the steps that are open, which stay so when more happens
const lanes = (caused) => {
  const steps = caused.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)); // what led to something still stands before it
  const names = [...new Set(steps.map((s) => s.lane))];
  $('lanes').style.setProperty('--lanes', names.length);
  $('lanes').classList.toggle('many', names.length > 9);
  $('heads').replaceChildren(make('span', {}, 'time'), ...names.map((n) => make('span', {}, n)));
  const focused = document.activeElement?.closest?.('#steps button')?.dataset.step;
  const begun = Math.min(...steps.map((s) => Date.parse(s.at)));
  let before = begun;
  $('steps').replaceChildren(...steps.map((s) => {
    const at = Date.parse(s.at), gap = at - before;
    before = Math.max(before, at);
    return row(s, names.indexOf(s.lane), at - begun, gap);
  }));
  if (focused) document.querySelector(`#steps button[data-step="${CSS.escape(focused)}"]`)?.focus();
};
const row = (s, lane, since, gap) => {
  const took = s.until ? Date.parse(s.until) - Date.parse(s.at) : 0;
  const facts = [s.kind, took > 0 && lasting(took), s.attempts > 1 && `${s.attempts} tries`, s.outcome !== 'done' && s.outcome].filter(Boolean).join(' · ');
  const button = make('button', { type: 'button', className: `step ${s.kind} ${s.outcome}` },
    make('span', { className: 'lane' }, s.lane), make('strong', {}, ...parts(s.name)), make('span', { className: 'facts' }, facts));
  button.dataset.step = s.id;
  button.setAttribute('aria-expanded', opened.has(s.id));
  const item = make('li', {}, make('span', { className: 'since' }, `+${lasting(Math.max(0, since))}`), button);
  item.style.setProperty('--lane', lane);
  if (gap > 5000) item.classList.add('later');
  if (opened.has(s.id)) item.append(payload(s));
  button.addEventListener('click', () => {
    if (opened.delete(s.id)) item.lastChild.remove();
    else { opened.add(s.id); item.append(payload(s)); }
    button.setAttribute('aria-expanded', opened.has(s.id));
  });
  return item;
};
const payload = (s) => {
  const facts = [['at', time(s.at)], ['until', s.until && time(s.until)], ['about', s.subject], ['asked by', s.by && `${s.by.type} ${s.by.id ?? ''}`],
    ['refused', s.refusal && `${s.refusal.code}: ${s.refusal.detail}`], ['what to do', s.refusal?.advice]];
  const list = make('dl', {}, ...facts.filter(([, value]) => value).map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
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
  if (!sessionStorage.getItem(kept)) return show('enter');
  if (!asked) return show('ask');
  look();
};
$('enter').addEventListener('submit', enter);
$('leave').addEventListener('click', () => {
  sessionStorage.removeItem('mart.office'); // who has come from the office leaves it, too
  leave();
});
$('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  location.assign(`/flow/${encodeURIComponent($('what').value.trim())}`);
});
begin();
