/** Of CUDA's libraries, which PyTorch's release for x64 Linux loads; only `npm run bench` installs them. */
export const nvidiaLicence = 'LicenseRef-NVIDIA-Proprietary';

/** Licences by their names in SPDX (spdx.org/licenses) that allow to install and use a package here. */
const knownLicences: readonly string[] = [
  ...['0BSD', 'AFL-2.1', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause'],
  ...['CC0-1.0', 'ISC', 'MIT', 'MIT-0', 'MPL-2.0', 'PSF-2.0', 'Python-2.0', 'Unlicense', 'Zlib'],
  nvidiaLicence,
];

/** Names that packages give a licence in place of that of SPDX. */
const otherNames: Partial<Record<string, string>> = {
  '3-Clause BSD License': 'BSD-3-Clause',
  'Apache 2.0': 'Apache-2.0',
  'Apache License 2.0': 'Apache-2.0',
  'Apache License, Version 2.0': 'Apache-2.0',
  'Apache Software License': 'Apache-2.0',
  BSD: 'BSD-3-Clause',
  'BSD License': 'BSD-3-Clause',
  'ISC license': 'ISC',
  'ISC License (ISCL)': 'ISC',
  'MIT License': 'MIT',
  'MIT license': 'MIT',
  PSFL: 'PSF-2.0',
};

/** Whether all parts of an SPDX expression such as `(MIT OR Apache-2.0)` are known. */
export function isKnownLicence(expression: string): boolean {
  const names = expression.replace(/[()]/g, '').split(/ (?:AND|OR) /);
  return names.every((name) => knownLicences.includes(name));
}

/**
 * The licence of a package.
 *
 * @param said what is said of it, the most trusted first
 * @throws Error that says what to do, if none of it is known here
 */
export function acceptedLicence(name: string, said: readonly (string | undefined)[]): string {
  const names = said.flatMap((licence) => (licence ? [otherNames[licence] ?? licence] : []));
  const known = names.find(isKnownLicence);
  if (known !== undefined) return known;
  throw new Error(
    `The licence of ${name} is not known here: it says ${names.join(', ') || 'nothing'}. Read it; if it ` +
      'allows this use, add it to setup/licenceNames.ts, else do without the package.',
  );
}
