// My account: what the mart knows of a customer, and what they may change, take away and end.
import { all, forget, get, isLoggedIn, logIn, logOut, send } from './mart.js';
import { choice, day, dialog, field, form, link, make, narrow, title } from './dom.js';
import { served } from './address.js';
import { addressBook, book } from './book.js';
import { redrawn, section, whole } from './section.js';

const mine = '/customers/me';

let erased = false; // there is no account any more, which is said once
export const account = async ({ go, again }) => {
  if (erased) return farewell();
  if (!isLoggedIn()) return void go('/log-in?next=/account', { replace: true });
  const [{ body: me, tag }, addresses, countries] = await Promise.all([
    get(mine, null, { tags: true }),
    all(`${book}?limit=50`, null),
    served(),
  ]);
  const done = redrawn(again);
  return [
    make(
      'div',
      { className: 'greeting' },
      title('My account'),
      make('p', { className: 'lead' }, `Hello, ${me.name}. `, link('/orders', 'Your orders')),
      make('button', { type: 'button', onclick: () => logOut().then(() => go('')) }, 'Log out'),
    ),
    make(
      'div',
      { className: 'sections' },
      make('div', {}, details(me, tag, done), email(me), password(me, done)),
      make('div', {}, addressBook(addresses, countries, done), yourData(me, go)),
    ),
  ];
};
const farewell = () => {
  erased = false;
  return narrow(
    title('Your account is erased'),
    make('p', {}, 'Nothing here knows you any more. With the same e-mail address you may open a new account.'),
    make('p', {}, link('', 'To the shop')),
  );
};

const languages = ['en', 'de'].map((code) => [code, new Intl.DisplayNames([code], { type: 'language' }).of(code)]);
const details = (me, tag, done) =>
  section(
    'details',
    'You',
    form(
      async (data) => {
        const said = (name) => data.get(name).trim() || null;
        const changed = { name: said('name'), phone: said('phone'), language: said('language') };
        if (await whole(() => send('PATCH', mine, changed, { by: null, tag }), 'details', done))
          await done('details', 'Saved.');
      },
      {},
      field('Name', 'name', { required: true, maxLength: 120, autocomplete: 'name', value: me.name }),
      field('Phone, as in +44 20 7946 0958', 'phone', {
        type: 'tel',
        maxLength: 32,
        autocomplete: 'tel',
        value: me.phone ?? '',
      }),
      choice('Language of mails', 'language', [['', 'The shop’s language'], ...languages], me.language ?? ''),
      make('button', {}, 'Save'),
    ),
  );

const email = (me) =>
  section(
    'email',
    'E-mail address',
    make(
      'p',
      {},
      make('strong', {}, me.email),
      make('span', { className: 'quiet' }, me.emailVerified ? ' · confirmed' : ' · not confirmed yet'),
    ),
    me.emailVerified
      ? null
      : form(
          async (_, f) => {
            await send('POST', '/email-verifications', undefined, { by: null });
            f.replaceChildren(make('p', { className: 'done', role: 'status' }, `A mail is on its way to ${me.email}.`));
          },
          {},
          make(
            'p',
            {},
            'Open the link in the newest mail that we sent there. After a new password it needs a new link. ',
            make('button', { className: 'plain' }, 'Send a new link'),
          ),
        ),
    make(
      'details',
      {},
      make('summary', {}, 'Change it'),
      form(
        async (data, f) => {
          const to = data.get('email').trim();
          await send('PUT', `${mine}/email`, { email: to, password: data.get('password') }, { by: null, secret: true });
          f.replaceChildren(
            make(
              'p',
              { className: 'done', role: 'status' },
              `A mail is on its way to ${to}. The address is yours once you open its link.`,
            ),
          );
        },
        {},
        field('New e-mail address', 'email', { type: 'email', required: true, maxLength: 254, autocomplete: 'email' }),
        field('Your password', 'password', {
          type: 'password',
          required: true,
          maxLength: 128,
          autocomplete: 'current-password',
        }),
        make('button', {}, 'Send a link there'),
      ),
    ),
  );

const password = (me, done) =>
  section(
    'password',
    'Password',
    make(
      'details',
      {},
      make('summary', {}, 'Change it'),
      form(
        async (data) => {
          const next = data.get('new');
          await send(
            'PUT',
            `${mine}/password`,
            { current: data.get('current'), new: next },
            { by: null, secret: true },
          );
          await logIn(me.email, next);
          await done('password', 'Changed. You are logged out everywhere but here.');
        },
        {},
        make('input', { type: 'email', autocomplete: 'username', value: me.email, hidden: true, readOnly: true }),
        field('The one you have', 'current', {
          type: 'password',
          required: true,
          maxLength: 128,
          autocomplete: 'current-password',
        }),
        field('The new one, of 10 characters or more', 'new', {
          type: 'password',
          required: true,
          minLength: 10,
          maxLength: 128,
          autocomplete: 'new-password',
        }),
        make('p', { className: 'quiet' }, 'It logs you out everywhere else: on every device, at once.'),
        make('button', {}, 'Change the password'),
      ),
    ),
  );

const yourData = (me, go) =>
  section(
    'data',
    'Your data',
    make(
      'p',
      {},
      `You are with us since ${day(me.createdAt)}. All that we hold about you is in one file, for you to keep.`,
    ),
    form(
      async (_, f) => {
        const file = new Blob([JSON.stringify(await everything(), null, 2)], { type: 'application/json' });
        const to = make('a', {
          href: URL.createObjectURL(file),
          download: `my-data-${new Date().toISOString().slice(0, 10)}.json`,
        });
        to.click();
        setTimeout(() => URL.revokeObjectURL(to.href), 60_000);
        f.querySelector('.said').replaceChildren(
          make('p', { className: 'done', role: 'status' }, `It is saved as ${to.download}.`),
        );
      },
      {},
      make('button', {}, 'Save my data'),
      make('div', { className: 'said' }),
    ),
    make(
      'p',
      { className: 'ending' },
      make('button', { type: 'button', className: 'plain danger', onclick: () => erase(go) }, 'Erase my account'),
    ),
  );

// everything is all documents of the export as one: the first has the account, each has some of the orders, payments
// and mails.
const everything = async () => {
  const whole = {};
  for (let cursor = ''; cursor !== undefined;) {
    const { nextCursor, ...part } = await get(
      `${mine}/export${cursor && `?cursor=${encodeURIComponent(cursor)}`}`,
      null,
    );
    for (const [name, value] of Object.entries(part)) {
      whole[name] = Array.isArray(value) ? [...(whole[name] ?? []), ...value] : value;
    }
    cursor = nextCursor;
  }
  return whole;
};

const erase = (go) =>
  dialog(
    'Erase your account?',
    'Erase it for good',
    {
      act: async () => {
        const { tag } = await get(mine, null, { tags: true });
        await send('DELETE', mine, undefined, { by: null, tag });
      },
      after: () => {
        forget();
        erased = true;
        return go('/account', { replace: true });
      },
    },
    make(
      'p',
      {},
      'At once, and for good: your name, your e-mail address, your addresses and your cart are gone, you are logged out ' +
        'everywhere, and orders that you have not paid are cancelled.',
    ),
    make(
      'p',
      {},
      'What stays: orders that you have paid are still sent to you, and may still be sent back. The law has us keep what ' +
        'was sold and paid; your name is taken out of it once the order has come to its end.',
    ),
    make('p', {}, 'Save your data first, if you want to keep any of it.'),
  );
