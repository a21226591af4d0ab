import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';

export type { Page } from 'playwright-core';

/** Where `make test-browser` found one. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Two pages of one machine find each other by plain addresses; a camera is a moving test picture. */
const args = [
  '--no-sandbox',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

export async function openBrowser(t: Test): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args });
  t.teardown(() => browser.close());
  return browser;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of. */
  readonly complaints: readonly string[];
}

/** Somebody's own browser, as far as pages can tell. */
export async function visit(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, complaints };
}
