import type { ClientFrame, ClientFrameOf, ClientOp } from '@gapless/shared/protocol';
import type { Phase, Session } from '../session.ts';

/** One operation of the protocol. Throws a `Failure` to refuse; answers success itself. */
export type Handler<T extends ClientOp> = (session: Session, frame: ClientFrameOf<T>) => void | Promise<void>;

export interface Operation {
  /** In any other phase the frame is refused. */
  readonly phases: readonly Phase[];
  run(session: Session, frame: ClientFrame): void | Promise<void>;
}
