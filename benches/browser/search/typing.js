// What stands in the box while somebody types.

const INITIALS = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"];
const FINALS = 28;
const FIRST = 0xac00;

/** What stands there after each key of `text`: for a syllable its consonant, then its vowel, then its final. */
export function keystrokes(text) {
  let before = "";
  return [...text].flatMap((char) => {
    const states = syllable(char).map((state) => before + state);
    before += char;
    return states;
  });
}

function syllable(char) {
  if (char < "가" || char > "힣") return [char];
  const number = char.codePointAt(0) - FIRST;
  const open = String.fromCodePoint(FIRST + number - (number % FINALS));
  return [...new Set([INITIALS[Math.floor(number / FINALS / 21)], open, char])];
}
