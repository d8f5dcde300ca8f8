/** What a PDF says of itself beside its title, which is all that a browser writes. */

/** Entries of the information dictionary (ISO 32000-1, 14.3.3); those that are '' are left out. */
export type PdfInformation = Readonly<Record<'Author' | 'Subject' | 'Keywords', string>>;

/**
 * Adds entries to the information dictionary, as an incremental update (ISO 32000-1, 7.5.6): behind the
 * end of the file stand the dictionary anew, and a cross-reference table of that one object.
 *
 * @param pdf as Chromium, Chrome and Edge print it; it has none of the entries yet
 * @returns the PDF as it was if it is of another form, as a write-up without them is better than none
 */
export function withInformation(pdf: Buffer, information: PdfInformation): Buffer {
  const text = pdf.toString('latin1');
  const end = /trailer\s*<<([^<>]*\/Info (\d+) 0 R[^<>]*)>>\s*startxref\s*(\d+)\s*%%EOF\s*$/.exec(
    text,
  );
  if (end === null) return pdf;
  const [, trailer, number, previousTable] = end;
  const object = new RegExp(`\\n${number} 0 obj\\n<<([^<>]*)>>\\nendobj`).exec(text);
  if (object === null) return pdf;
  const [, dictionary] = object;
  const added = Object.entries(information)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `\n/${name} ${textString(text)}`);
  const anew = `${number} 0 obj\n<<${dictionary}${added.join('')}>>\nendobj\n`;
  const offset = String(pdf.length).padStart(10, '0');
  const table = `xref\n${number} 1\n${offset} 00000 n \n`;
  const newTrailer = `trailer\n<<${trailer}\n/Prev ${previousTable}>>\n`;
  const newEnd = `startxref\n${pdf.length + anew.length}\n%%EOF\n`;
  return Buffer.concat([pdf, Buffer.from([anew, table, newTrailer, newEnd].join(''), 'latin1')]);
}

/** A text of any script: UTF-16 behind a byte order mark, in hexadecimal digits. */
function textString(text: string): string {
  return `<${Buffer.from(`\uFEFF${text}`, 'utf16le').swap16().toString('hex')}>`;
}
