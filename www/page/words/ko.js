// What the page says in Korean beyond index.html.

export const ko = {
  documentTitle: "말로 찾는 약 · yaksearch",
  titleOf: (/** @type {string} */ question) => `${question} · 말로 찾는 약`,

  phases: {
    engine: "엔진을 준비하고 있습니다",
    download: "모델을 내려받고 있습니다",
    verify: "받은 파일을 확인하고 있습니다",
    prepare: "모델을 읽고 있습니다",
    catalogue: "약 목록을 읽고 있습니다",
  },
  timeLeft: (/** @type {number} */ seconds) =>
    seconds < 90 ? `약 ${seconds}초 남음` : `약 ${Math.round(seconds / 60)}분 남음`,

  /** What went wrong and what to do, for people; the module's own message goes beside it, for whoever runs the site. */
  failures: {
    unsupported: {
      title: "이 브라우저에서는 쓸 수 없습니다",
      remedy: "최신 Chrome, Edge, Firefox 또는 Safari 16.4 이상에서 열어 주세요.",
    },
    unreachable: {
      title: "인터넷에 연결할 수 없습니다",
      remedy: "연결을 확인한 뒤 다시 시도해 주세요.",
    },
    "not-found": {
      title: "필요한 파일이 서버에 없습니다",
      remedy: "잠시 뒤 다시 시도하고, 계속되면 이 사이트를 운영하는 사람에게 알려 주세요.",
    },
    worker: {
      title: "계산에 필요한 파일을 불러오지 못했습니다",
      remedy: "연결을 확인한 뒤 다시 시도하고, 계속되면 이 사이트를 운영하는 사람에게 알려 주세요.",
    },
    html: {
      title: "모델 대신 다른 페이지가 왔습니다",
      remedy:
        "공용 와이파이라면 먼저 접속 화면에서 로그인해 주세요. 그 밖에는 사이트를 운영하는 사람에게 파일이 빠졌다고 알려 주세요.",
    },
    http: {
      title: "서버에 문제가 있습니다",
      remedy: "잠시 뒤 다시 시도해 주세요.",
    },
    truncated: {
      title: "파일을 끝까지 받지 못했습니다",
      remedy: "연결을 확인한 뒤 다시 시도해 주세요. 계속되면 브라우저의 캐시를 비워 주세요.",
    },
    hash: {
      title: "받은 파일이 원본과 다릅니다",
      remedy: "안전을 위해 쓰지 않았습니다. 브라우저의 캐시를 비우고 다시 시도해 주세요.",
    },
    crashed: {
      title: "계산이 중간에 멈추었습니다",
      remedy: "메모리가 모자랐을 수 있습니다. 다른 탭을 닫고 다시 시도해 주세요.",
    },
  },
  otherFailure: {
    title: "준비하지 못했습니다",
    remedy: "다시 시도하고, 계속되면 아래의 자세한 내용을 사이트를 운영하는 사람에게 알려 주세요.",
  },

  ready: (/** @type {string} */ products) => `준비되었습니다. 의약품 ${products}가지에서 찾습니다.`,
  found: (/** @type {number} */ hits, /** @type {string} */ seconds) => `가까운 약 ${hits}가지, ${seconds}초`,
  nothing: "찾은 약이 없습니다. 다른 말로 적어 보세요.",
  nothingFiltered: "찾은 약이 없습니다. 거르기를 풀거나 다른 말로 적어 보세요.",
  unsure: "확실한 결과가 없습니다. 약에 대한 질문인지 확인하고, 다른 말로 적어 보세요.",
  kept: "준비되는 대로 찾아 드립니다.",

  /** Why a product is in the list. */
  manners: {
    exact: "이름이 같음",
    prefix: "이름의 앞부분이 같음",
    initials: "초성이 같음",
    typo: "이름이 비슷함",
  },
  ingredient: (/** @type {string} */ name, /** @type {string} */ manner) => `성분 ${name}: ${manner}`,
  alike: (/** @type {string} */ name) => `유효 성분이 같음: ${name}`,
  alikeAndMore: (/** @type {string} */ name) => `그 유효 성분에 다른 성분이 더 있음: ${name}`,
  purpose: (/** @type {string} */ purpose) => `쓰임: ${purpose}`,
  meaning: "적힌 내용이 질문과 가까움",
  question: (/** @type {string} */ question) => `비슷한 질문: “${question}”`,

  /** What was asked of a product that nobody knows. */
  unknown: {
    notDrowsy: "졸음 여부는 자료 없음",
    noCaffeine: "카페인 여부는 자료 없음",
    children: "어린이 사용은 자료 없음",
    pregnancy: "임부금기 여부는 자료 없음",
  },
  unknownSale: "판매 구분은 자료 없음",
  note: (/** @type {import("../../yaksearch.js").SpokenNote} */ note) => note.korean,
  alike: "성분이 같은 약",
  moreAlike: (/** @type {number} */ count) => `성분이 같은 약 ${count}가지 더`,

  /** Of a product, unfolded. */
  particulars: {
    ingredients: "성분",
    english: "영문 성분",
    class: "분류",
    form: "제형",
    sale: "구분",
    company: "업체",
    efficacy: "효능·효과",
    id: "품목",
    near: "가까움",
  },
  sale: { 일반의약품: "일반의약품", 전문의약품: "전문의약품" },

  own: {
    reading: "파일을 읽고 있습니다.",
    indexing: (/** @type {string} */ products) => `약 ${products}가지를 색인하고 있습니다.`,
    ready: (/** @type {string} */ name, /** @type {string} */ products) =>
      `${name}: 약 ${products}가지. 이 브라우저에 두었습니다.`,
    notKept: (/** @type {string} */ name, /** @type {string} */ products) =>
      `${name}: 약 ${products}가지. 이 브라우저에 둘 자리가 없어, 창을 닫으면 사라집니다.`,
    cancelled: "그만두었습니다.",
    deleted: "내 목록을 지웠습니다.",
    notDeleted: "지우지 못했습니다. 브라우저 설정에서 이 사이트의 데이터를 지워 주세요.",
    failed: "읽을 수 없는 파일입니다. 첫 줄에 id와 name 열이 있는지 확인해 주세요.",
    early: (/** @type {string} */ name) => `${name}: 준비되는 대로 읽겠습니다.`,
    useOwn: "내 목록에서 찾기",
    useBuiltIn: "기본 목록에서 찾기",
    more: (/** @type {number} */ count) => `그 밖에 ${count}줄`,
  },

  map: {
    /** The ministry's names, by the first digit of a class's code. */
    groups: {
      1: "신경계·감각기관용",
      2: "개개의 기관계용",
      3: "대사성",
      4: "조직세포의 기능용(종양·알레르기)",
      5: "생약",
      6: "항병원생물성",
      7: "치료를 주목적으로 하지 않음",
      8: "마약",
      0: "기타",
    },
    question: "질문",
    hint: "점을 가리키거나 누르면 어떤 약인지 나옵니다.",
    described: (/** @type {string} */ products, /** @type {number} */ hits) =>
      `의약품 ${products}가지의 지도` + (hits > 0 ? `. 질문의 자리와 찾은 약 ${hits}가지가 표시되어 있습니다` : ""),
    waiting: "준비되는 대로 그립니다.",
    failed: "지도를 그리지 못했습니다. 접었다가 다시 펼쳐 보세요.",
  },

  network: {
    kept: "인터넷 없이도 쓸 수 있습니다",
    refused: "이 브라우저에 두지 못해, 인터넷이 있어야 쓸 수 있습니다",
    offline: "지금은 인터넷이 없지만, 그대로 쓸 수 있습니다",
    offlineUnready: "지금은 인터넷이 없습니다",
  },
};
