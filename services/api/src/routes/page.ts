import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is shown as it is, wherever in a page it stands. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => escapes[char] ?? '');

/** Takes the token from behind the `#`, where no server and no log sees it, and out of the address. */
const takeToken =
  "const f=document.querySelector('[name=token]');if(f&&location.hash.length>1){f.value=location.hash.slice(1);" +
  "history.replaceState(null,'',location.pathname)}";
const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#222}' +
  'label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}input,button{padding:.5rem;' +
  'margin:.25rem 0 1rem}article{border-top:1px solid #ccc;padding:1rem 0}pre{white-space:pre-wrap;word-break:break-word}';

const hashOf = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
const policyOf = (scripts: string) =>
  [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    ...(scripts === '' ? [] : [`script-src ${hashOf(scripts)}`]),
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

export interface Page {
  readonly title: string;
  /** HTML: what others wrote is escaped in it. */
  readonly body: string;
  /** Whether a token may stand behind the `#` of its address. */
  readonly takesToken?: boolean;
}

/** A page that loads nothing, is shown in no frame, kept by nobody, and tells nobody from where it was left. */
export function sendPage(reply: FastifyReply, { title, body, takesToken = false }: Page, status = 200): FastifyReply {
  const script = takesToken ? takeToken : '';
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
    `<meta name="viewport" content="width=device-width"><style>${style}</style></head><body>` +
    `<h1>${escapeHtml(title)}</h1>${body}${script === '' ? '' : `<script>${script}</script>`}</body></html>`;
  return reply
    .code(status)
    .headers({
      'content-security-policy': policyOf(script),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    .type('text/html; charset=utf-8')
    .send(html);
}
