// The page in English. Names and facts of products stay as they are registered, in Korean.

/** @type {typeof import("./ko.js").ko & { page: Record<string, string> }} */
export const en = {
  documentTitle: "Medicines in your own words · yaksearch",
  titleOf: (question) => `${question} · Medicines in your own words`,

  /** What index.html says in Korean, by its `data-word`s. */
  page: {
    private: "What you type never leaves this browser",
    title: "Medicines in your own words",
    lead: "Describe a symptom or a use, in Korean as you would say it. The closest Korean medicines come first.",
    label: "Which medicine are you looking for?",
    clear: "Clear",
    keys: "Results appear as you type. Slash goes to the search box, the arrow keys move through the results, Enter unfolds one, Escape comes back.",
    filters: "Filters",
    sale: "Sold",
    any: "any",
    otc: "over the counter",
    prescription: "on prescription",
    route: "Taken",
    oral: "by mouth",
    skin: "on the skin",
    patch: "as a patch",
    eye: "in the eye",
    nose: "in the nose",
    ear: "in the ear",
    inhaled: "inhaled",
    rinse: "as a mouth rinse",
    suppository: "as a suppository",
    injection: "injected",
    form: "Form (Korean)",
    company: "Company (Korean)",
    facts: "Ingredients (only where the facts are known)",
    notDrowsy: "not making drowsy",
    noCaffeine: "without caffeine",
    children: "for children too",
    pregnancy: "not contraindicated in pregnancy",
    reset: "Clear all",
    own: "Search a list of your own",
    ownLead: "Drop a list of medicines (CSV or JSON) on this page, or choose one: it is indexed in this browser, and sent nowhere.",
    ownColumns:
      "It is a table whose first line names the columns id and name, or a public list of the Ministry of Food and Drug Safety.",
    choose: "Choose a file",
    cancel: "Stop",
    delete: "Delete my list",
    ownDetails: "Why it could not be read",
    caution: "No medical advice. Ask a doctor or a pharmacist.",
    notes: "How the question was understood",
    retry: "Try again",
    details: "The error in detail",
    examples: "Ask like this",
    results: "Results",
    noAdvice: "No medical advice.",
    advice: "Results are ordered by closeness of meaning, which vouches for neither effect nor safety. Ask a doctor or a pharmacist before taking a medicine.",
    stays: "Everything is computed in this browser. What you type is sent nowhere.",
    sources:
      "Sources: HIRA drug benefit list (PharmOS-kr, CC BY 4.0); Ministry of Food and Drug Safety, product permits and e약은요.",
    model: "The model and its licence (MIT)",
    newer: "There is a new version.",
    update: "Use the new version",
    stalled: "This takes long. Check the connection, and reload the page.",
    once: "All of it is kept in this browser: the next time is much faster.",
  },

  phases: {
    engine: "Starting the engine",
    download: "Fetching the model",
    verify: "Checking the files",
    prepare: "Reading the model",
    catalogue: "Reading the list of medicines",
  },
  timeLeft: (seconds) => (seconds < 90 ? `about ${seconds} s left` : `about ${Math.round(seconds / 60)} min left`),

  failures: {
    unsupported: {
      title: "This browser cannot run the search",
      remedy: "Use a recent Chrome, Edge or Firefox, or Safari 16.4 or later.",
    },
    unreachable: { title: "There is no connection", remedy: "Check the connection, then try again." },
    "not-found": {
      title: "A file is missing on the server",
      remedy: "Try again later; if it stays so, tell whoever runs this site.",
    },
    worker: {
      title: "The scripts that compute could not be fetched",
      remedy: "Check the connection and try again; if it stays so, tell whoever runs this site.",
    },
    html: {
      title: "Another page came in place of the model",
      remedy: "On a public network, log in first. Otherwise tell whoever runs this site that a file is missing.",
    },
    http: { title: "The server is in trouble", remedy: "Try again later." },
    truncated: {
      title: "A file arrived incomplete",
      remedy: "Check the connection and try again. If it stays so, clear the browser's cache.",
    },
    hash: {
      title: "A file is not the original",
      remedy: "It was not used, for safety. Clear the browser's cache and try again.",
    },
    crashed: {
      title: "The computation stopped half-way",
      remedy: "There may have been too little memory. Close other tabs and try again.",
    },
  },
  otherFailure: {
    title: "It could not be made ready",
    remedy: "Try again; if it stays so, give the details below to whoever runs this site.",
  },

  ready: (products) => `Ready to search ${products} medicines.`,
  found: (hits, seconds) => `${hits} close medicines, ${seconds} s`,
  nothing: "Nothing was found. Try other words.",
  nothingFiltered: "Nothing was found. Clear the filters, or try other words.",
  unsure: "No result is certain. Is the question about medicines? Try other words.",
  kept: "It will be answered as soon as all is ready.",

  manners: {
    exact: "the same name",
    prefix: "the name begins so",
    initials: "the same initial consonants",
    typo: "a similar name",
  },
  ingredient: (name, manner) => `Ingredient ${name}: ${manner}`,
  purpose: (purpose) => `For: ${purpose}`,
  question: (question) => `A similar question: “${question}”`,

  unknown: {
    notDrowsy: "whether it makes drowsy is not known here",
    noCaffeine: "whether it has caffeine is not known here",
    children: "use in children is not known here",
    pregnancy: "contraindication in pregnancy is not known here",
  },
  note: (note) => note.english,
  alike: "Medicines with the same ingredients",
  moreAlike: (count) => `${count} more with the same ingredients`,

  particulars: {
    ingredients: "Ingredients",
    english: "In English",
    class: "Class",
    form: "Form",
    sale: "Sold",
    company: "Company",
    efficacy: "Indications",
    id: "Item",
    near: "Closeness",
  },
  sale: { 일반의약품: "over the counter", 전문의약품: "on prescription" },

  own: {
    reading: "Reading the file.",
    indexing: (products) => `Indexing ${products} medicines.`,
    ready: (name, products) => `${name}: ${products} medicines, kept in this browser.`,
    notKept: (name, products) =>
      `${name}: ${products} medicines. This browser has no room to keep them: they are gone when the window closes.`,
    cancelled: "Stopped.",
    deleted: "Your list was deleted.",
    notDeleted: "It could not be deleted. Delete this site's data in the browser's settings.",
    failed: "This file cannot be read. Does its first line name the columns id and name?",
    early: (name) => `${name} will be read as soon as all is ready.`,
    useOwn: "Search my list",
    useBuiltIn: "Search the built-in list",
    more: (count) => `and ${count} more rows`,
  },

  network: {
    kept: "Works without the internet",
    refused: "Could not be kept in this browser, so it needs the internet",
    offline: "No internet right now, but everything works all the same",
    offlineUnready: "No internet right now",
  },
};
