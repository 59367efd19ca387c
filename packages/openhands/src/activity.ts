/**
 * What an agent does, told to people. The newest action a person can make sense of becomes one short
 * sentence; the rest of an event (file contents, thoughts, the model's words) stays with the server.
 *
 * A command is the agent's own text, so it is hostile: one line, cut short, known secrets and whatever
 * looks like one masked. Paths are told relative to the run's directory, which is of no interest.
 */
import * as z from 'zod';
import type { Activity } from './agent.ts';
import { presentable } from './fault.ts';
import { withoutSecrets } from './secrets.ts';

const MAX_MESSAGE_CHARACTERS = 200;
const MAX_COMMAND_CHARACTERS = 120;
/** Cut before any pattern sees it: an agent may write a command of megabytes. */
const MAX_RAW_COMMAND = 20_000;
const MAX_COMMAND_READ = 1000;
const MAX_PATH_CHARACTERS = 160;

const actionEventSchema = z.looseObject({
  tool_name: z.string().catch(''),
  action: z
    .looseObject({
      command: z.string().optional().catch(undefined),
      path: z.string().optional().catch(undefined),
      is_input: z.boolean().optional().catch(undefined),
    })
    .nullish()
    .catch(null),
});
export type ActionEvent = z.infer<typeof actionEventSchema>;
export const actionEventsSchema = z.looseObject({ items: z.array(actionEventSchema) });

/** Programs that check work rather than do it, at the start of a command or behind what runs them. */
const TESTING =
  /(?:^|[;&|(]\s*|\b(?:npx|bunx|exec|run|dlx|-m|node|python3?)\s+(?:-\S+\s+)*)(?:\.\/|\S*\/)?(?:vitest|jest|mocha|pytest|unittest|tsc|tox|rspec|phpunit|ctest|playwright)\b|\b(?:npm|pnpm|yarn|bun|deno|go|cargo|dotnet|make|mvn|gradle|node)\s+(?:--?\S+\s+)*(?:run\s+|run-script\s+)?(?:--)?(?:test|tests|typecheck|check|vet)\b|\bnpm\s+t\b/;

/** The newest action that says something; `events` come newest first. Null while there is none. */
export function activityOf(events: readonly ActionEvent[], workingDirectory: string, secrets: readonly string[]): Activity | null {
  for (const event of events) {
    const activity = describe(event, workingDirectory, secrets);
    if (activity !== null) return { ...activity, message: presentable(activity.message, secrets, MAX_MESSAGE_CHARACTERS) };
  }
  return null;
}

function describe(event: ActionEvent, workingDirectory: string, secrets: readonly string[]): Activity | null {
  const { command, path, is_input: isInput } = event.action ?? {};
  switch (event.tool_name) {
    case 'terminal':
      // Input to a program that runs already, or a look at its output.
      if (command === undefined || command.trim() === '' || isInput === true) return null;
      return ofCommand(relative(command.slice(0, MAX_RAW_COMMAND), workingDirectory), secrets);
    case 'file_editor': {
      if (path === undefined) return null;
      const place = presentable(relative(path, workingDirectory), secrets, MAX_PATH_CHARACTERS);
      const name = place === '' || place === '.' ? 'the directory' : place;
      return command === 'view' ? { kind: 'reading', message: `Reading ${name}.` } : { kind: 'editing', message: `Editing ${name}.` };
    }
    case 'think':
      return { kind: 'thinking', message: 'Thinking.' };
    case 'finish':
      return { kind: 'finishing', message: 'Finishing.' };
    default:
      return null;
  }
}

function ofCommand(command: string, secrets: readonly string[]): Activity {
  const line = presentable(command, secrets, MAX_COMMAND_READ);
  if (TESTING.test(line)) return { kind: 'testing', message: 'Running tests.' };
  const masked = withoutSecrets(line).replaceAll('`', "'");
  return { kind: 'commanding', message: `Running \`${presentable(masked, [], MAX_COMMAND_CHARACTERS)}\`.` };
}

/** Leaves the run's directory out of a text: its own path is `.`, what lies in it loses the prefix. */
function relative(text: string, workingDirectory: string): string {
  return text.replaceAll(`${workingDirectory}/`, '').replaceAll(workingDirectory, '.');
}
