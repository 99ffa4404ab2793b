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
    .scalar-app [class*='line-clamp-']:not(.truncate) { /* what a group of requests is for is read to its end */
      display: block !important; overflow: visible !important; max-height: none !important;
    }
    .scalar-app { --scalar-radius: .5rem; --scalar-radius-lg: .7rem; --scalar-radius-xl: .9rem }
    .introduction-section .badge { display: none } /* of what the document is made is nothing to begin with */
    .introduction-section .scalar-reference-intro-clients { display: none } /* each sample has the choice */
    .introduction-section { padding-block: 2.5rem 2rem !important }
    .tag-section-container > .section { padding-block: 2.5rem }
    @media (max-width: 1000px) {
      .introduction-card, .introduction-section .download-container { display: none !important }
      .introduction-section { padding-top: 1.25rem !important; padding-bottom: 0 !important }
      .introduction-section .section-content { display: flex; flex-direction: column }
      .introduction-section .section-header-wrapper { display: contents }
      .introduction-section .section-header-wrapper .custom-scroll { order: 1; margin: 1rem 0 0 } /* the licence comes last */
      .introduction-section .introduction-description { margin-top: 0 }
      .introduction-section .section-columns { gap: 0 !important }
      .endpoints, .endpoints * { font-size: 14px !important } /* the longest path is read to its end */
      .scalar-app .section { padding-block: 1.25rem }
      .tag-section-container .section-columns { flex-direction: column-reverse !important } /* what to ask first, then about it */
      .scalar-app { /* a phone's small print is a size up */
        --scalar-micro: 14px; --scalar-mini: 15px; --scalar-small: 16px;
        --scalar-font-size-3: 15px; --scalar-font-size-4: 15px; --scalar-font-size-5: 14px; --scalar-font-size-6: 14px;
      }
    }
    .light-mode {
      --scalar-background-1: #fbfaf7; --scalar-background-2: #f3f0ea; --scalar-background-3: #e4e0d8; --scalar-border-color: #e4e0d8;
      --scalar-color-1: #1c1b19; --scalar-color-2: #4a4843; --scalar-color-3: #5c5953; --scalar-color-accent: #0b6b4f;
      --scalar-color-green: #08683c; --scalar-color-blue: #0b5a9c; --scalar-color-orange: #9a4a06;
      --scalar-color-red: #b3261e; --scalar-color-yellow: #7a5b00; --scalar-color-purple: #6a3fb5;
    }
    .dark-mode {
      --scalar-background-1: #141513; --scalar-background-2: #1c1e1b; --scalar-background-3: #252722; --scalar-border-color: #32342f;
      --scalar-color-1: #eceae4; --scalar-color-2: #c4c1b8; --scalar-color-3: #b0ada4; --scalar-color-accent: #6fd3ae;
    }`,
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
