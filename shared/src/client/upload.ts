import { type ErrorCode, errorCodes } from '../errors/index.ts';
import { ChatError } from './chat-error.ts';
import type { ClientRequest } from './client-request.ts';
import type { Clock } from './clock.ts';
import type { Tokens } from './tokens.ts';

export interface UploadOptions {
  /** To be shown only. */
  readonly name: string;
  /** Media type as the application knows it; what the file is the server sees for itself. */
  readonly type?: string;
  /** Rejected as `unknown`, repeat it with the same id and the same bytes: it is taken in once. */
  readonly clientId?: string;
}

/** A file that is there to be sent. */
export interface UploadedFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Of an image, in pixels. */
  readonly width?: number;
  readonly height?: number;
  /** There is a small picture of it. */
  readonly thumb?: true;
}

/** Leads to a file, without a token, until it ends. */
export interface FileLink {
  readonly url: string;
  /** RFC 3339. */
  readonly until: string;
}

export type FileData = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;
export type Upload = (data: FileData, options: UploadOptions) => Promise<UploadedFile>;

export interface UploadDeps {
  readonly api: string | undefined;
  readonly tokens: Pick<Tokens, 'get' | 'refused'>;
  readonly nextId: () => string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

/** Longer than the api waits for one. */
const longestMs = 330_000;

/** By HTTP: a file is larger than a frame may be. */
export function createUpload({ api, tokens, nextId, clock, fetch }: UploadDeps): Upload {
  async function post(form: FormData, clientId: string, token: string): Promise<Response> {
    const overdue = new AbortController();
    const cancel = clock.after(longestMs, () => overdue.abort());
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': clientId };
    try {
      const asked = { method: 'POST', headers, body: form, signal: overdue.signal };
      const response = await fetch(at(api, '/v1/files'), asked);
      const { status, headers: told } = response;
      // Read while the deadline still runs.
      return new Response(await response.text(), { status, headers: told });
    } catch (cause) {
      throw new ChatError('unknown', 'The upload had no answer', { cause });
    } finally {
      cancel();
    }
  }

  return async (data, { name, type, clientId = nextId() }) => {
    if (api === undefined) throw new TypeError('Uploads need the address of the api: pass it as `api`');
    const form = new FormData();
    form.set('file', new Blob([data], { type: type ?? (data instanceof Blob ? data.type : '') }), name);
    let response = await post(form, clientId, await tokens.get());
    if (response.status === 401) {
      tokens.refused();
      response = await post(form, clientId, await tokens.get());
    }
    if (response.ok) return (await response.json()) as UploadedFile;
    throw await refusalOf(response);
  };
}

/** What leads to a file of a message; asked for anew when it has ended. */
export async function linkTo(
  { ask, api }: { readonly ask: (request: ClientRequest) => Promise<unknown>; readonly api: string | undefined },
  p: { readonly room: string; readonly sequence: number; readonly file: string; readonly thumb?: boolean },
): Promise<FileLink> {
  const { res } = (await ask({ t: 'call', m: 'messages.file', p })) as { readonly res: FileLink };
  return api === undefined ? res : { ...res, url: at(api, res.url) };
}

const at = (api = '', path: string): string => `${api.replace(/\/+$/, '')}${path}`;

async function refusalOf(response: Response): Promise<ChatError> {
  const said = await response.json().catch(() => ({}));
  const { code, detail, title } = said as { readonly code?: string; readonly detail?: string; readonly title?: string };
  const seconds = Number(response.headers.get('retry-after'));
  const known = code !== undefined && Object.hasOwn(errorCodes, code);
  // Something in between has answered: what became of the upload is not known.
  return new ChatError(
    known ? (code as ErrorCode) : 'unknown',
    detail ?? title ?? `The api answered ${response.status}`,
    {
      retryMs: seconds > 0 ? seconds * 1_000 : undefined,
    },
  );
}
