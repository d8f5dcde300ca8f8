import { dataFile, type DataFile } from '#lib/loaders/dataFile';
import { seededRandom, uniform, type Random } from '#lib/random';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

const positive =
  'brilliant charming clever compelling delightful dazzling elegant engaging enjoyable exciting fresh ' +
  'funny gentle graceful gripping hilarious honest imaginative inspired intelligent joyous lively ' +
  'lovely memorable moving original poignant powerful rewarding rich satisfying sharp smart sincere ' +
  'spirited stirring tender thoughtful touching warm witty wonderful';
const negative =
  'absurd annoying awful awkward banal bland bloated boring clumsy contrived crude dreary dull empty ' +
  'exhausting flat forced forgettable hollow incoherent lame lazy leaden lifeless mediocre messy ' +
  'numbing painful plodding pointless pretentious ridiculous shallow silly sloppy stale tedious ' +
  'tiresome trite uneven unfunny weak';
const neutral =
  'story plot film movie script acting camera score ending dialogue cast scene picture comedy drama ' +
  'thriller romance documentary sequel adaptation character performance pace direction hero villain';
const links = 'is was seems feels remains looks sounds turns';
const degrees = 'very quite rather almost truly often always mostly never somewhat';
const syllables = 'ba den fi go hal jun ka lo mar nes or pel qui ros sa tor ul ven wi zan';

const words = (text: string): readonly string[] => text.split(' ');
const lexicon = {
  sentiments: [words(negative), words(positive)],
  neutral: words(neutral),
  links: words(links),
  degrees: words(degrees),
  syllables: words(syllables),
};

/**
 * The sample that stands in for SST-2: 2,000 and 400 sentences of invented reviews as files in GLUE's
 * format. A quarter of the judging words contradict the label, and invented names make for thousands
 * of rare words. The same on every machine.
 */
export function generateSst2(): readonly DataFile[] {
  const random = seededRandom(2);
  return [sentenceFile(random, 'train.tsv', 2000), sentenceFile(random, 'dev.tsv', 400)];
}

function sentenceFile(random: Random, name: string, count: number): DataFile {
  const rows = Array.from({ length: count }, () => {
    const label = uniformInt(random, 0, 1);
    return `${sentence(random, label)} \t${label}\n`;
  });
  return dataFile(`generated sample/${name}`, Buffer.from(`sentence\tlabel\n${rows.join('')}`));
}

/** `the script of kamaror is very witty and tender , but the pace seems stale .` */
function sentence(random: Random, label: number): string {
  const pick = (from: readonly string[]): string => from[uniformInt(random, 0, from.length - 1)];
  const judgement = (): string =>
    pick(lexicon.sentiments[uniform(random, 0, 1) < 0.75 ? label : 1 - label]);
  const name = (): string => Array.from({ length: 3 }, () => pick(lexicon.syllables)).join('');
  const clause = (): string =>
    `the ${pick(lexicon.neutral)} of ${name()} ${pick(lexicon.links)} ${pick(lexicon.degrees)} ${judgement()}`;
  return uniform(random, 0, 1) < 0.5
    ? `${clause()} and ${judgement()} , and ${clause()} .`
    : `${clause()} , with a ${judgement()} ${pick(lexicon.neutral)} by ${name()} .`;
}
