import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import t from 'tap';
import { reportHtml } from '../../src/report/html.ts';
import { aResult } from './a-result.ts';

/** The part of the page's world that these tests use; the compiler knows Node's alone. */
interface Page {
  readonly document: { querySelectorAll(selector: string): Iterable<Shape> & { readonly length: number } };
  readonly innerWidth: number;
}
interface Shape {
  readonly scrollWidth: number;
  readonly textContent: string;
  getBoundingClientRect(): { left: number; right: number; top: number; bottom: number };
  closest(selector: string): Shape;
}

const dir = mkdtempSync(join(tmpdir(), 'gapless-report-'));
t.teardown(() => rmSync(dir, { recursive: true }));
const file = join(dir, 'report.html');
writeFileSync(file, reportHtml(aResult));
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
t.teardown(() => browser.close());

for (const width of [1280, 360]) {
  t.test(
    `opened from a disk, ${width} pixels wide, it asks for nothing, complains of nothing and clips nothing`,
    async (t) => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const [requests, complaints]: [string[], string[]] = [[], []];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(pathToFileURL(file).href);
      t.strictSame(requests, [pathToFileURL(file).href]);
      t.strictSame(complaints, []);
      const seen = await page.evaluate(() => {
        const { document, innerWidth } = globalThis as unknown as Page;
        const marks = [...document.querySelectorAll('svg .tick')];
        const clipped = marks.filter((mark) => {
          const [own, whole] = [mark, mark.closest('figure')].map((one) => one.getBoundingClientRect());
          return own !== undefined && whole !== undefined && (own.left < whole.left || own.right > whole.right);
        });
        const overlapping = marks.filter((mark, n) => {
          const [next, own] = [marks[n + 1]?.getBoundingClientRect(), mark.getBoundingClientRect()];
          if (next === undefined || marks[n + 1]?.closest('figure') !== mark.closest('figure')) return false;
          return own.left < next.right && next.left < own.right && own.top < next.bottom && next.top < own.bottom;
        });
        return {
          rows: document.querySelectorAll('section.row').length,
          wider: [...document.querySelectorAll('html')].some(({ scrollWidth }) => scrollWidth > innerWidth),
          clipped: clipped.map(({ textContent }) => textContent),
          overlapping: overlapping.map(({ textContent }) => textContent),
        };
      });
      t.strictSame(seen, { rows: aResult.rows.length, wider: false, clipped: [], overlapping: [] });
      await page.close();
    },
  );
}
