// What is one's own: the name that colleagues read, what one may do, and the password, which ends all other log-ins.
import { changes, enter, read, tagged } from './api.js';
import { allows } from './staff.js';
import { facts, field, fill, make, quiet, section, told } from './parts.js';
import { sheet } from './sheet.js';

const change = changes();

export const show = async ({ room }) => {
  const me = await read('/users/me');
  const name = make('dd', {}, me.name);
  fill(
    room,
    make('dl', { class: 'facts' }, make('div', {}, make('dt', {}, 'Name'), name), [...facts(['E-mail address', me.email]).children]),
    section(
      'What you may do',
      make(
        'dl',
        { class: 'roles' },
        me.roles.map((r) => make('div', {}, make('dt', {}, r), make('dd', { class: 'quiet' }, allows[r] ?? ''))),
      ),
      quiet('Owners change roles and e-mail addresses.'),
    ),
    make('div', { class: 'sheets' }, section('Your name', rename(me, name)), section('Your password', repassword(me))),
  );
};

const rename = (me, shown) => {
  const carry = async ({ name }) => {
    const { it, tag } = await tagged('/users/me');
    if (it.name !== name.trim()) await change('PATCH', '/users/me', { name: name.trim() }, { match: tag, merge: true });
    shown.textContent = name.trim();
    told('Your name is changed.');
  };
  return sheet(
    'Change the name',
    carry,
    field('Name', { name: 'name', value: me.name, required: true, maxlength: 120, autocomplete: 'name', hint: 'As colleagues read it.' }),
  );
};

const repassword = (me) => {
  const carry = async ({ current, new: next }) => {
    await changes()('PUT', '/users/me/password', { current, new: next });
    await enter(me.email, next); // with the old one this log-in has ended, too
    const done = 'Your password is changed. You are logged in here alone.';
    fill(form, make('p', { role: 'status' }, done));
    told(done);
  };
  const form = sheet(
    'Change the password',
    carry,
    make('input', { type: 'email', autocomplete: 'username', value: me.email, hidden: true, readonly: true }),
    field('The one you have', { name: 'current', type: 'password', required: true, maxlength: 128, autocomplete: 'current-password' }),
    field('The new one', {
      name: 'new',
      type: 'password',
      required: true,
      minlength: 10,
      maxlength: 128,
      autocomplete: 'new-password',
      hint: 'Of 10 characters or more. It logs you out everywhere else: on every device, at once.',
    }),
  );
  return form;
};
