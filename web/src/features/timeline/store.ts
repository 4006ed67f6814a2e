import { listMessages } from '../../api/messages';
import { entities } from '../../entities/entities';
import { channelJournal } from '../../entities/state';
import { connection, repair } from '../../realtime';
import { Timelines } from './timelines';

/** The timelines of this page. */
export const timelines = new Timelines(
  {
    entities,
    replay: (channelId, after) => repair.replay(channelJournal(channelId), after),
    load: listMessages,
  },
  connection,
);
