// The list of all messages, narrowed by what somebody types: words, from:order, to:notification, kind:event. It is in the address, too.
const field = document.getElementById('q');
const found = document.getElementById('found');
const nouns = [...document.querySelectorAll('.noun')].map((section) => ({ section, messages: [...section.querySelectorAll('li')] }));
const total = nouns.reduce((n, { messages }) => n + messages.length, 0);

// fits tells whether a message has a word, which may say where.
const fits = (message, word) => {
  const [where, what] = word.match(/^(from|to|kind):(.*)$/)?.slice(1) ?? [];
  if (where) return (message.dataset[where] || 'nobody').split(' ').some((name) => name.startsWith(what));
  return message.textContent.toLowerCase().includes(word);
};

const narrow = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { section, messages } of nouns) {
    for (const message of messages) {
      message.hidden = !words.every((word) => fits(message, word));
      if (!message.hidden) shown++;
    }
    section.hidden = messages.every((message) => message.hidden);
  }
  found.textContent = words.length ? `${shown} of ${total} messages` : `${total} messages`;
};

field.form.hidden = false; // without this script it would do nothing
field.value = new URLSearchParams(location.search).get('q') ?? '';
narrow();
if (field.value && !location.hash) document.getElementById('messages').scrollIntoView();
field.addEventListener('input', () => {
  narrow();
  history.replaceState(null, '', field.value ? `?q=${encodeURIComponent(field.value)}` : location.pathname);
});
field.form.addEventListener('submit', (event) => event.preventDefault());
