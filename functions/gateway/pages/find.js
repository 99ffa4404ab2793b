// A list that is narrowed by what somebody types: words, and of messages from:order, to:notification, kind:event. It is
// in the address, too.
const field = document.getElementById('q');
const found = document.getElementById('found');
const lists = [...document.querySelectorAll('.findable')].map((list) => ({
  list,
  items: [...list.querySelectorAll('li')],
}));
const total = lists.reduce((n, { items }) => n + items.length, 0);

// fits tells whether an item has a word, which may say where.
const fits = (item, word) => {
  const [where, what] = word.match(/^(from|to|kind):(.*)$/)?.slice(1) ?? [];
  if (where) return (item.dataset[where] || 'nobody').split(' ').some((name) => name.startsWith(what));
  return item.textContent.toLowerCase().includes(word);
};

const narrow = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { list, items } of lists) {
    for (const item of items) {
      item.hidden = !words.every((word) => fits(item, word));
      if (!item.hidden) shown++;
    }
    list.hidden = items.every((item) => item.hidden);
    if (words.length) list.open = true; // where it folds
  }
  const all = `${total} ${found.dataset.of}`;
  found.textContent = words.length ? `${shown} of ${all}${shown ? '' : ': none is like that. Try fewer words.'}` : all;
};

field.form.hidden = false; // without this script it would do nothing
field.value = new URLSearchParams(location.search).get('q') ?? '';
narrow();
if (field.value && !location.hash) field.form.scrollIntoView();
field.addEventListener('input', () => {
  narrow();
  history.replaceState(null, '', field.value ? `?q=${encodeURIComponent(field.value)}` : location.pathname);
});
field.form.addEventListener('submit', (event) => event.preventDefault());
