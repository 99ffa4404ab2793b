// Rooms of things that staff keep, such as brands: a list, and dialogs that make one, change it and delete it. Each room is a declaration.
import { every, path, tagged } from './api.js';
import { confirm } from './dialog.js';
import { changed, draw, made, renew, taken } from './form.js';
import { button, field, fill, make, table } from './parts.js';

// shelf is such a room. at is where the API has the things, one and many are what people call them. load reads what there is: all of them, and
// whatever else the forms need. rows are what the list shows of each after its name; fields makes the form's declaration; says tells what a
// change does, gone what deleting one does, and unless what keeps it; with reassign another one takes the products of one that is deleted.
export const shelf =
  (kind) =>
  async ({ room }) => {
    const look = async () => {
      const found = await (kind.load ?? (async () => ({ all: await every(kind.at, { sort: kind.sort ?? 'name' }) })))();
      const all = kind.order?.(found.all) ?? found.all;
      fill(
        room,
        kind.intro && make('p', { class: 'quiet' }, kind.intro),
        make(
          'p',
          { class: 'acts toolbar' },
          button('new', () => create(kind, found, look), kind.start ?? `New ${kind.one}`),
        ),
        table(
          kind.many,
          [...kind.heads, ''],
          all.map((x) => [...kind.row(x, found), doing(kind, x, found, look)]),
          `There are no ${kind.many.toLowerCase()} yet.`,
        ),
      );
    };
    await look();
  };

const doing = (kind, x, found, look) => {
  const open = (how) => async () => how(kind, await tagged(`${kind.at}/${x.id}`), found, look);
  const named = (words) => [words, make('span', { class: 'unseen' }, ` ${x.name}`)];
  return make(
    'span',
    { class: 'acts' },
    button(`change-${x.id}`, open(change), named('Change')),
    button(`delete-${x.id}`, open(remove), named(kind.removing ?? 'Delete')),
  );
};

const create = (kind, found, then) => {
  const declared = kind.fields(found, null);
  confirm({
    title: kind.start ?? `New ${kind.one}`,
    go: kind.go ?? 'Create',
    fields: draw(declared, null),
    at: kind.taken,
    says: (v) => kind.says(taken(declared, v).body, found, null),
    check: (v) => taken(declared, v).faults,
    carry: (v, send) => send('POST', kind.at, made(taken(declared, v).body)),
    then,
    done: kind.made ?? 'It is there.',
  });
};

// change is revise, for the room's own things.
const change = (kind, { it, tag }, found, then) =>
  revise({
    at: `${kind.at}/${it.id}`,
    it,
    tag,
    declared: kind.fields(found, it),
    taken: kind.taken,
    then,
    says: (body, now) => kind.says(body, found, now),
  });

// revise changes a thing that was read with its tag. When somebody else was quicker it shows how the thing is now; what was not touched here is
// shown so, and saving once more changes only the rest. now tells in words how it is.
export const revise = ({ at, it, tag, declared, taken: codes, then, says, now = (x) => x.name }) => {
  let thing = it,
    match = tag,
    quicker = false;
  const dialog = confirm({
    title: `Change ${it.name}`,
    go: 'Save',
    fields: draw(declared, it),
    at: codes,
    says: (v) =>
      [
        quicker && make('strong', {}, `Somebody else has changed it. Now it is ${now(thing)}. `),
        says(taken(declared, v).body, thing),
      ].filter(Boolean),
    check: (v) => {
      const { body, faults } = taken(declared, v);
      if (faults.length) return faults;
      return Object.keys(changed(declared, body, thing)).length ? '' : 'Nothing is changed.';
    },
    carry: async (v, send) => {
      try {
        await send('PATCH', at, changed(declared, taken(declared, v).body, thing), { match, merge: true });
      } catch (refused) {
        if (refused.code === 'stale_version') {
          const before = thing;
          ({ it: thing, tag: match } = await tagged(at));
          quicker = true;
          renew(dialog.querySelector('form'), declared, before, thing);
        }
        throw refused;
      }
    },
    then,
    done: 'It is saved.',
  });
};

const remove = (kind, { it, tag }, found, then) => {
  const others = kind.reassign ? found.all.filter((x) => x.id !== it.id) : [];
  confirm({
    title: `${kind.removing ?? 'Delete'} ${it.name}`,
    go: kind.removing ?? 'Delete',
    danger: true,
    fields: others.length
      ? [
          field('Its products go to', { name: 'reassign', value: '' }, [
            ['', 'none: it has no products'],
            ...others.map((x) => [x.id, kind.called?.(x) ?? x.name]),
          ]),
        ]
      : [],
    says: ({ reassign }) => [reassign && 'All its products go there.', kind.gone, !reassign && kind.unless].filter(Boolean).join(' '),
    carry: (v, send) => send('DELETE', path(`${kind.at}/${it.id}`, { reassign: v.reassign }), undefined, { match: tag }),
    then,
    done: kind.removed ?? 'It is deleted.',
  });
};
