import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { memo, useId, useState } from 'react';
import type { Id, MessageView } from '../../api/types';
import { useMessage, useUser } from '../../entities/hooks';
import { usePerson } from '../../entities/usePerson';
import { useFormat } from '../../i18n/format';
import { Markdown } from '../../markdown/Markdown';
import { Avatar } from '../../ui/Avatar';
import { openThread, useMessageWork } from './actions';
import css from './Message.module.css';
import { MessageEditor } from './MessageEditor';
import { MessageTools } from './MessageTools';
import { isMine, useMarks } from './marks';
import { Reactions } from './Reactions';

type Props = {
  id: Id;
  joined: boolean;
  inThread?: boolean;
  /** The row of the list that is in the tab order. */
  tab: boolean;
  position: number;
  total: number;
  isNew?: boolean;
  day?: string | undefined;
  /** Its thread is open beside the list. */
  active?: boolean;
  /** Just jumped to. */
  target?: boolean;
};

export const Message = memo(function Message(props: Props) {
  const message = useMessage(props.id);
  return message ? <Article message={message} {...props} /> : null;
});

function Article({
  message,
  joined,
  inThread = false,
  tab,
  position,
  total,
  isNew,
  day,
  active,
  target,
}: Props & { message: MessageView }) {
  const label = useId();
  const [hot, setHot] = useState(false);
  const [held, setHeld] = useState(false);
  const editing = useMessageWork((s) => s.editing === message.id);
  const author = usePerson(message.author_id);
  const time = useFormat().time(Date.parse(message.created_at));
  const tools = (hot || held) && !editing && !message.deleted;
  return (
    <article
      className={css.msg}
      data-mid={message.id}
      data-cont={joined || undefined}
      data-mention={isMine(message) || undefined}
      data-active={active || undefined}
      data-target={target || undefined}
      tabIndex={tab ? 0 : -1}
      aria-posinset={position}
      aria-setsize={total}
      aria-labelledby={`${label}a ${label}t`}
      aria-describedby={`${label}b`}
      onPointerEnter={(event) => event.pointerType === 'mouse' && setHot(true)}
      onPointerLeave={() => setHot(false)}
      onFocus={() => setHot(true)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setHot(false)}
    >
      <div className={css.gut}>
        {joined ? (
          <time aria-hidden className={css.gutTime}>
            {time}
          </time>
        ) : (
          <Avatar id={message.author_id} name={author.name} size={38} bot={author.bot} />
        )}
      </div>
      <div className={css.body}>
        <Byline message={message} label={label} joined={joined} isNew={isNew} day={day} />
        <div id={`${label}b`}>{editing ? <MessageEditor message={message} /> : <Text message={message} />}</div>
        <Reactions message={message} tab={tab} />
        {!inThread && <ThreadLink message={message} tab={tab} />}
      </div>
      {tools && <MessageTools message={message} inThread={inThread} onHold={setHeld} />}
    </article>
  );
}

type BylineProps = {
  message: MessageView;
  label: string;
  joined: boolean;
  isNew: boolean | undefined;
  day: string | undefined;
};

function Byline({ message, label, joined, isNew, day }: BylineProps) {
  const { t } = useLingui();
  const format = useFormat();
  const author = usePerson(message.author_id);
  const at = Date.parse(message.created_at);
  return (
    <div className={joined ? 'sr' : css.by}>
      <span id={`${label}a`} className={css.who}>
        {isNew && <span className="sr">{t`First new message.`} </span>}
        {day && <span className="sr">{day}. </span>}
        <bdi>{author.name}</bdi>
      </span>
      {author.bot && (
        <span className={css.bot}>
          <Trans>App</Trans>
        </span>
      )}
      <time id={`${label}t`} className={css.time} dateTime={message.created_at} title={format.full(at)}>
        {format.time(at)}
      </time>
    </div>
  );
}

function Text({ message }: { message: MessageView }) {
  const { t } = useLingui();
  const marks = useMarks(message);
  const format = useFormat();
  if (message.deleted)
    return (
      <p className={css.deleted}>
        <Trans>This message was deleted.</Trans>
      </p>
    );
  const at = message.edited_at;
  const edited = at ? (
    <time className={css.edited} dateTime={at} title={format.full(Date.parse(at))}>
      {t`(edited)`}
    </time>
  ) : undefined;
  return (
    <div className={message.kind === 'system' ? css.system : undefined}>
      <Markdown source={message.text} marks={marks} after={edited} />
    </div>
  );
}

function Face({ id }: { id: Id }) {
  const user = useUser(id);
  return <Avatar id={id} name={user?.display_name ?? ''} size={22} />;
}

const MOST_FACES = 3;

function ThreadLink({ message, tab }: { message: MessageView; tab: boolean }) {
  const format = useFormat();
  const { thread } = message;
  if (!thread || thread.reply_count === 0) return null;
  const replies = thread.reply_count;
  const last = thread.last_reply_at ? format.time(Date.parse(thread.last_reply_at)) : '';
  return (
    <button type="button" className={css.thread} tabIndex={tab ? 0 : -1} onClick={() => openThread(message)}>
      <span className={css.stack}>
        {thread.participants.slice(0, MOST_FACES).map((id) => (
          <Face key={id} id={id} />
        ))}
      </span>
      <strong>
        <Plural value={replies} one="# reply" other="# replies" />
      </strong>
      {last !== '' && (
        <span>
          <Trans>Last reply {last}</Trans>
        </span>
      )}
    </button>
  );
}
