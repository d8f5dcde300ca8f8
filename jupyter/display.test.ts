import { afterAll, expect, test } from 'vitest';
import { startTestClient } from '#jupyter/kernel/testClient';

const client = startTestClient();
afterAll(() => client.shutdown());

test('a cell shows figures, tables and progress, each in all its forms', async () => {
  const { reply, outputs } = await client.execute(`
    import { plot } from '#lib/report/figure';
    import { lossFigure } from '#lib/report/curveFigures';
    import { table } from '#lib/report/table';
    import { withProgress } from '#lib/report/progress';
    plot(lossFigure({ mnist: Float32Array.of(2, 1) }, { title: 'Loss' }), { name: '01-q1-loss' });
    table([{ Model: 'mnist', Params: 1470474 }], { caption: 'Models' });
    await withProgress('Counting', 'numbers', async (progress) => progress(2, 2));
  `);
  expect(reply.status).toBe('ok');
  const shown = outputs.filter(({ type }) => type !== 'execute_input');
  const forms = shown.map(({ type, data }) => [type, Object.keys(data as object).sort()]);
  expect(forms).toEqual([
    ['display_data', ['application/vnd.plotly.v1+json', 'text/plain']],
    ['display_data', ['text/html', 'text/plain']],
    ['display_data', ['text/html', 'text/plain']],
    ['update_display_data', ['text/plain']],
  ]);
  const ids = shown.map(({ transient }) => (transient as { display_id?: string }).display_id);
  expect(ids[2]).toBe(ids[3]);
  expect(ids[2]).toMatch(/./);
});
