// Everything the page says that is not in index.html.

export const EXAMPLES = [
  "열을 내리는 약은?",
  "혈압을 낮추는 약",
  "콧물이 나고 재채기가 나요",
  "두통약",
  "당뇨병에 먹는 약",
  "소화가 안 될 때",
];

const PHASES = {
  engine: "엔진을 준비하고 있습니다",
  download: "모델을 내려받고 있습니다",
  verify: "받은 파일을 확인하고 있습니다",
  prepare: "모델을 읽고 있습니다",
  catalogue: "약 목록을 읽고 있습니다",
};

export const phaseName = (/** @type {keyof PHASES} */ phase) => PHASES[phase] ?? "";

/** What went wrong and what to do, for people. The package's own message goes beside it, for whoever runs the site. */
const FAILURES = {
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
};

const UNKNOWN = {
  title: "준비하지 못했습니다",
  remedy: "다시 시도하고, 계속되면 아래의 자세한 내용을 사이트를 운영하는 사람에게 알려 주세요.",
};

export const failureOf = (/** @type {any} */ error) => FAILURES[error?.code] ?? UNKNOWN;

export const ready = (/** @type {number} */ products) =>
  `준비되었습니다. 의약품 ${products.toLocaleString("ko")}가지에서 찾습니다.`;

export const found = (/** @type {number} */ hits, /** @type {number} */ milliseconds) =>
  hits === 0 ? "찾은 약이 없습니다. 다른 말로 적어 보세요." : `가까운 약 ${hits}가지, ${seconds(milliseconds)}`;

export const unsure = "확실한 결과가 없습니다. 약에 대한 질문인지 확인하고, 다른 말로 적어 보세요.";

/** Why a product is in the list. */
export const MANNERS = {
  exact: "이름이 같음",
  prefix: "이름의 앞부분이 같음",
  initials: "초성이 같음",
  typo: "이름이 비슷함",
};

/** What was asked of a product that nobody knows. */
export const UNKNOWN_FACTS = {
  notDrowsy: "졸음 여부는 자료 없음",
  noCaffeine: "카페인 여부는 자료 없음",
  children: "어린이 사용은 자료 없음",
  pregnancy: "임부금기 여부는 자료 없음",
};

export const moreAlike = (/** @type {number} */ count) => `성분이 같은 약 ${count}가지 더`;

export const kept = "준비되는 대로 찾아 드립니다.";

/** "12.3 / 26.8 MB" */
export const bytesOf = (/** @type {number} */ loaded, /** @type {number} */ total) => `${megabytes(loaded)} / ${megabytes(total)} MB`;

const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);

const seconds = (/** @type {number} */ milliseconds) => `${(milliseconds / 1000).toFixed(milliseconds < 995 ? 2 : 1)}초`;
