export { inTransaction } from '@gapless/shared/outbox';
