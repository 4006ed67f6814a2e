import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { Fault } from './verify';

/** What is wrong with a proof, for people. */
export const faults: Record<Fault, MessageDescriptor> = {
  insecure: msg`This page was not loaded over https, so the browser does not compute proofs. Use “plexichat audit verify”.`,
  form: msg`The checkpoint is not in the form of one.`,
  keys: msg`The keys are not those of this log: its name is not their hash.`,
  signature: msg`The checkpoint was not signed by the keys of this log.`,
  'other-log': msg`This is another log than the one this browser has seen before.`,
  leaf: msg`The content of the entry does not fit its hash: it was changed.`,
  path: msg`The hashes do not lead to the signed checkpoint: the entry is not in the log that was signed.`,
  entry: msg`What is shown is not what stands in the log.`,
  shorter: msg`The log has fewer entries than this browser has seen: it was cut, or a backup was restored.`,
  inconsistent: msg`The log does not continue the one this browser has seen: something before was changed.`,
};
