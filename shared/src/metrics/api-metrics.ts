import { counter, errorCode, fewSeconds, gauge, histogram, type Measured } from './metric.ts';

const api: readonly Measured[] = ['api'];

export const apiMetrics = {
  api_requests_total: counter(api, 'Requests answered', {
    method: { pattern: /^[A-Z-]+$/, words: 'of HTTP' },
    route: { pattern: /^(none|\*|\/[\w./:*-]*)$/, words: 'as the router has it, `none` where there is none' },
    status: { pattern: /^\d{3}$/, words: 'of HTTP' },
  }),
  api_request_seconds: histogram(api, 'Time to answer a request', fewSeconds, {
    command: { pattern: /^(none|[a-z]+\.[A-Za-z]+)$/, words: 'of [api.md](api.md), `none` for documents and pages' },
    outcome: ['ok', 'refused', 'failed'],
  }),
  api_problems_total: counter(api, 'Requests that were refused or failed', { code: errorCode }),
  api_mails_total: counter(
    api,
    'Mails that were taken up, by what became of them; `refused`: that mailbox takes nothing, `nobody`: asked for by a ' +
      'stranger for an address without an account',
    { outcome: ['sent', 'postponed', 'refused', 'given up', 'nobody'] },
  ),
  api_mails_waiting: gauge(api, 'Mails that are not sent yet, of all processes; a few seconds old'),
  api_file_uploads_total: counter(api, 'Uploads, by what became of them', {
    outcome: { pattern: /^[a-z_]+$/, words: '`stored`, `repeated`, or the kind of failure' },
  }),
  api_file_upload_bytes_total: counter(api, 'Bytes of uploads that came, whatever became of them'),
  api_files_removed_total: counter(api, 'Files that nothing used any more, and that were removed'),
} as const;
