// The reference of the API: everything from this origin, nothing told to anybody else.
const way = [
  'POST /customers',
  'POST /oauth/token',
  'GET /products',
  'POST /carts',
  'PUT /carts/{id}/lines/{productId}',
  'POST /quotes',
  'POST /orders',
  'POST /carts/{id}/order',
  'POST /payments',
  'GET /payments/{id}',
  'GET /orders/{id}',
];
const place = (o) => {
  // the first steps in their order, the rest as they come
  const at = way.indexOf(o.method.toUpperCase() + ' ' + o.path);
  return at < 0 ? way.length : at;
};

Scalar.createApiReference('#docs', {
  url: '/openapi.json',
  customCss: `
    @media (max-width: 1000px) {
      .introduction-card, .introduction-section .download-container { display: none !important }
      .introduction-section { padding-top: 1.5rem !important; padding-bottom: 0 !important }
      .scalar-app { /* a phone's small print is a size up */
        --scalar-micro: 14px; --scalar-mini: 15px; --scalar-small: 16px;
        --scalar-font-size-3: 15px; --scalar-font-size-4: 15px; --scalar-font-size-5: 14px; --scalar-font-size-6: 14px;
      }
    }
    @media (min-width: 1001px) { /* what a group of requests is for is read to its end */
      .scalar-app [class*='line-clamp-']:not(.truncate) {
        display: block !important; overflow: visible !important; max-height: none !important;
      }
    }
    .light-mode {
      --scalar-color-accent: #0b6b4f; --scalar-color-2: #4a4a4a; --scalar-color-3: #5c5c5c;
      --scalar-color-green: #08683c; --scalar-color-blue: #0b5a9c; --scalar-color-orange: #9a4a06;
      --scalar-color-red: #b3261e; --scalar-color-yellow: #7a5b00; --scalar-color-purple: #6a3fb5;
    }
    .dark-mode { --scalar-color-accent: #6fd3ae; --scalar-color-2: #c4c4c4; --scalar-color-3: #b0b0b0 }`,
  theme: 'default',
  layout: 'modern',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  documentDownloadType: 'direct',
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  persistAuth: false,
  hideModels: true,
  operationTitleSource: 'summary',
  metaData: { title: 'API · Mart' },
  operationsSorter: (a, b) => place(a) - place(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  authentication: {
    preferredSecurityScheme: 'bearer',
    securitySchemes: {
      bearer: { flows: { password: { 'x-scalar-client-id': 'storefront', 'x-scalar-credentials-location': 'body' } } },
    },
  },
});

// Rows of the log-in form that are for other servers: here nobody who logs in has a secret, and scopes follow from who
// they are.
const foreign = ['Token URL', 'Client Secret', 'Credentials Location', 'Scopes Selected'];

// What the viewer leaves out for those who listen to it, and what it has too much.
const mend = () => {
  for (const row of document.querySelectorAll('tr')) {
    if (foreign.some((label) => row.textContent.trim().startsWith(label))) row.style.display = 'none';
  }
  for (const box of document.querySelectorAll('[role=combobox]:not([aria-expanded])'))
    box.setAttribute('aria-expanded', 'false');
  for (const button of document.querySelectorAll('button[aria-expanded]:not([aria-label])')) {
    if (!button.textContent.trim()) button.setAttribute('aria-label', 'Show or hide');
  }
};
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
