/** The results tables that executed notebooks show. */
import path from 'node:path';
import { bundlesWith, notebookName, readNotebook } from '#jupyter/notebookFile';
import { notebookTable, type PublishedTable } from '#lib/report/resultsDrift';
import { notebookNames } from '#setup/notebooks';

/** @param folder with all notebooks of the lab, executed */
export function notebookTables(folder: string): PublishedTable[] {
  return notebookNames().flatMap((name) => {
    const bundles = bundlesWith(readNotebook(path.join(folder, name)), 'text/plain');
    const texts = bundles.map((data) => [data['text/plain']].flat().join(''));
    return notebookTable(notebookName(name), texts);
  });
}
