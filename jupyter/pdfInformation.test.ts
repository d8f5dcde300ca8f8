import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withInformation } from '#jupyter/pdfInformation';
import { openPdf } from '#jupyter/pdfPages';

/** An empty page, with the parts in the form and order that Chromium gives them. */
function emptyPdf(): Buffer {
  const objects = [
    '<</Title (A \\(title\\))\n/Creator (Chromium)>>',
    '<</Type /Catalog\n/Pages 3 0 R>>',
    '<</Type /Pages\n/Kids [4 0 R]\n/Count 1>>',
    '<</Type /Page\n/Parent 3 0 R\n/MediaBox [0 0 10 10]>>',
  ];
  let text = '%PDF-1.4';
  const offsets = objects.map((object, i) => {
    text += `\n${i + 1} 0 obj\n${object}\nendobj`;
    return text.lastIndexOf(`${i + 1} 0 obj`);
  });
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  const table = `xref\n0 5\n0000000000 65535 f \n${entries.join('')}`;
  const trailer = `trailer\n<</Size 5\n/Root 2 0 R\n/Info 1 0 R>>\nstartxref\n${text.length + 1}`;
  return Buffer.from(`${text}\n${table}${trailer}\n%%EOF\n`, 'latin1');
}

test.each(['Ada Lovelace', 'Žofie (Ω) 李 & 🙂', 'a\\b) /Title (x'])(
  'pdf.js reads the author %s, and all that was there before',
  async (author) => {
    const information = { Author: author, Subject: 'S', Keywords: '' };
    const pdf = withInformation(emptyPdf(), information);
    expect(pdf.subarray(0, emptyPdf().length)).toEqual(emptyPdf());
    await openPdf(pdf, async (document) => {
      const { info } = await document.getMetadata();
      expect(info).toMatchObject({ Title: 'A (title)', Creator: 'Chromium', Subject: 'S' });
      expect(info).toHaveProperty('Author', author);
      expect(info).not.toHaveProperty('Keywords');
      expect(document.numPages).toBe(1);
    });
  },
);

test('a PDF of another form stays as it is', () => {
  const other = readFileSync(__filename);
  expect(withInformation(other, { Author: 'A', Subject: '', Keywords: '' })).toBe(other);
});
