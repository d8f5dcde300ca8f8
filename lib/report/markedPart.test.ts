import { expect, test } from 'vitest';
import { partOf, withPart } from '#lib/report/markedPart';

const text =
  'a\n<!-- one:start -->\nold\n<!-- one:end -->\nb\n<!-- two:start -->\n<!-- two:end -->\n';

test('only what stands between the markers of that name is replaced', () => {
  expect(withPart(text, 'one', 'new')).toBe(text.replace('\nold\n', '\n\nnew\n\n'));
  expect(partOf(text, 'one')).toBe('\nold\n');
});

test('a text without the markers is refused', () => {
  expect(() => withPart(text, 'three', '')).toThrow('no line <!-- three:start -->');
});
