// One dead letter: who could not take what and why, and what is done about it.
import { changes, may, read } from './api.js';
import { confirm } from './dialog.js';
import { badge, button, entitle, facts, field, fill, id as short, inWords, link, make, quiet, say, section, time, told } from './parts.js';
import { did } from './names.js';
import { nameOf } from './deadletters.js';

export const show = async ({ room, id }) => {
  const at = `/dead-letters/${encodeURIComponent(id)}`;
  const draw = async () => {
    const l = await read(at);
    entitle(nameOf(l), ' ', badge(l.status));
    fill(room, may('dead-letters:write') && acts(l, at, draw), ...(await parts(l)));
  };
  await draw();
};

const parts = async (l) => [
  section(
    'What has failed',
    facts(
      ['Given up by', l.function || 'it does not say'],
      ['Last answer', l.code || 'none in time'],
      ['Reason', make('span', { class: 'words' }, l.reason || 'none was given')],
      ['Address', l.failed],
      ['Noted', time(l.at)],
      ['Sent', l.sentAt && time(l.sentAt)],
      ['Came from', l.topic || 'it is no event of the mart'],
      ['About', l.subject && short(l.subject)],
      ['Event', l.eventId && short(l.eventId)],
      ['Letter', l.place],
    ),
    l.flow && may('journal:read') && make('p', { class: 'acts' }, link(l.flow, 'What it came of, in the journal')),
  ),
  section('What was done', ...(await done(l))),
  section('What it says', payload(l)),
];

const done = async (l) => {
  const said = await Promise.all(
    [
      ['Sent again', l.replayed],
      ['Discarded', l.discarded],
    ]
      .filter(([, d]) => d)
      .map(async ([what, d]) =>
        make('p', {}, `${what} `, time(d.at), ` by ${await did(d.by)}.`, d.reason && make('span', { class: 'words' }, ` “${d.reason}”`)),
      ),
  );
  if (l.claimedUntil) said.push(make('p', {}, 'Somebody is sending it again from the command line, until ', time(l.claimedUntil), '.'));
  if (l.hopeless) said.push(make('p', {}, `Sent again unchanged, it would fail: ${l.hopeless}.`));
  return said.length ? said : [quiet('Nothing yet.')];
};

const payload = (l) =>
  l.data === undefined
    ? quiet(`${l.bytes} bytes, which are not kept here.`)
    : make(
        'details',
        {},
        make('summary', {}, `${l.bytes} bytes, without personal values`),
        make('pre', { tabindex: 0 }, JSON.stringify(l.data, null, 2)),
      );

const acts = (l, at, then) =>
  make(
    'p',
    { class: 'acts toolbar' },
    l.kept && l.function && button('replay', () => replay(l, at, then), 'Send again'),
    l.kept && l.function && button('dry-run', () => dryRun(l, at), 'Try without sending'),
    !l.replayed && !l.discarded && button('discard', () => discard(l, at, then), 'Discard'),
  );

// before is what was done about a letter already: to send it once more takes a word.
const before = (l) => [l.replayed && 'sent again', l.discarded && 'discarded'].filter(Boolean).join(' and ');
const replay = (l, at, then) =>
  confirm({
    title: 'Send the event again',
    go: 'Send',
    then,
    done: 'The event is sent again.',
    fields: [
      before(l) && field(`Send it although it was ${before(l)}`, { name: 'again', type: 'checkbox', required: true }),
      l.hopeless && field('The cause of the failure is fixed', { name: 'hopeless', type: 'checkbox', required: true }),
    ].filter(Boolean),
    says: () =>
      `${nameOf(l)} goes to ${l.function} once more, as it was, and to no other function. Should that fail, there is another letter. Your name is noted.`,
    carry: (v, change) => change('POST', `${at}/replay`, { again: v.again ? true : undefined, hopeless: v.hopeless ? true : undefined }),
  });

const dryRun = async (l, at) => {
  say('');
  told('');
  const would = await changes()('POST', `${at}/replay`, { dryRun: true, again: before(l) ? true : undefined });
  told(`It would go to ${would.function}, through ${would.topic}. Nothing was sent; the letter is ${inWords(would.status)} as before.`);
};

const discard = (l, at, then) =>
  confirm({
    title: 'Discard the letter',
    go: 'Discard',
    danger: true,
    then,
    done: 'The letter is discarded.',
    fields: [field('Why', { name: 'reason', type: 'long', rows: 3, maxlength: 500, hint: 'For whoever reads it later.' })],
    says: () =>
      `${l.function || 'Nobody'} does not get ${nameOf(l)} again, and the letter counts as open no more. It can still be sent all the same.`,
    carry: (v, change) => change('POST', `${at}/discard`, { reason: v.reason.trim() || undefined }),
  });
