import { type ClipboardEvent, type RefObject, useMemo, useRef } from 'react';

export type Writing = {
  /** Puts marks around the selection. */
  wrap: (before: string, after?: string) => void;
  /** Puts a mark at the start of the line. */
  startLine: (mark: string) => void;
  /** Replaces the text between two places. */
  replace: (from: number, to: number, text: string) => void;
};

type Tell = (text: string, caret: number) => void;

/** Typing on somebody's behalf. `insertText` keeps the browser's own undo and tells by itself; else we tell. */
function type(field: HTMLTextAreaElement, text: string, tell: Tell): void {
  if (document.execCommand?.('insertText', false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
  tell(field.value, field.selectionStart);
}

export function useWriting(ref: RefObject<HTMLTextAreaElement | null>, tell: Tell): Writing {
  const told = useRef(tell);
  told.current = tell;
  return useMemo(() => {
    const within = (act: (field: HTMLTextAreaElement) => void) => {
      const field = ref.current;
      if (!field) return;
      field.focus();
      act(field);
    };
    return {
      wrap: (before, after = before) =>
        within((field) => {
          const { selectionStart, selectionEnd, value } = field;
          type(field, before + value.slice(selectionStart, selectionEnd) + after, told.current);
          if (selectionStart === selectionEnd) {
            const at = selectionStart + before.length;
            field.setSelectionRange(at, at);
          }
        }),
      startLine: (mark) =>
        within((field) => {
          const at = field.value.lastIndexOf('\n', field.selectionStart - 1) + 1;
          field.setSelectionRange(at, at);
          type(field, mark, told.current);
        }),
      replace: (from, to, text) =>
        within((field) => {
          field.setSelectionRange(from, to);
          type(field, text, told.current);
        }),
    };
  }, [ref]);
}

const ADDRESS = /^https?:\/\/\S+$/i;

/** An address pasted over words becomes a link of them; anything else is pasted as it is. */
export function pasteLink(event: ClipboardEvent<HTMLTextAreaElement>, writing: Writing): void {
  const { selectionStart, selectionEnd, value } = event.currentTarget;
  const pasted = event.clipboardData.getData('text/plain').trim();
  const words = value.slice(selectionStart, selectionEnd);
  if (words.trim() === '' || ADDRESS.test(words) || !ADDRESS.test(pasted)) return;
  event.preventDefault();
  writing.wrap('[', `](${pasted})`);
}
