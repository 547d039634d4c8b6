import type { CommandUnknownOpts } from '@commander-js/extra-typings';

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly {
    readonly flag: string;
    readonly summary: string;
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
  /** The words that its first argument may be, where they are listed. */
  readonly words: readonly string[];
}

function describe(program: CommandUnknownOpts): readonly Completed[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    options: command.options.map(({ long, short, description, argChoices, required, optional }) => ({
      flag: long ?? short ?? '',
      summary: description,
      takesValue: required || optional,
      choices: argChoices ?? [],
    })),
    words: command.registeredArguments[0]?.argChoices ?? [],
  }));
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const indent = (lines: readonly string[], margin: number): string => lines.map((line) => ' '.repeat(margin) + line).join('\n');

/** Commands, then options, then the words that an option or argument allows; elsewhere the shell completes file names. */
function bash(program: CommandUnknownOpts): string {
  const commands = describe(program);
  const choices = commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map(({ flag, choices }) => `${name}:${flag}) words=${quote(choices.join(' '))} ;;`),
  );
  const flags = commands.map(
    ({ name, options, words }) => `${name}) flags=${quote(options.map(({ flag }) => flag).join(' '))} words=${quote(words.join(' '))} ;;`,
  );
  return `# bash completion of bitwright
_bitwright() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} flags='--help --version' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${quote(commands.map(({ name }) => name).join(' '))}
  else
    case \${COMP_WORDS[1]} in
${indent(flags, 6)}
    esac
    flags="$flags --help"
    case \${COMP_WORDS[1]}:$previous in
${indent([...choices, '*) ;;'], 6)}
    esac
  fi
  case $current in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o default -F _bitwright bitwright
`;
}

/** zsh's _arguments separates its fields by colons and its descriptions by brackets. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');

function zsh(program: CommandUnknownOpts): string {
  const commands = describe(program);
  const names = commands.map(({ name, summary }) => quote(`${name}:${zshText(summary)}`));
  const value = (choices: readonly string[]): string => (choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files');
  const cases = commands.map(({ name, options, words }) => {
    const specs = options.map(({ flag, summary, takesValue, choices }) =>
      quote(`*${flag}[${zshText(summary)}]${takesValue ? value(choices) : ''}`),
    );
    const rest = quote(words.length > 0 ? `1:word:(${words.join(' ')})` : '*:file:_files');
    return `${name}) _arguments ${[...specs, rest].join(' ')} ;;`;
  });
  return `#compdef bitwright
_bitwright() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${indent(names, 6)}
    )
    _describe command commands
  else
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
${indent(cases, 6)}
    esac
  fi
}
compdef _bitwright bitwright
`;
}

function fish(program: CommandUnknownOpts): string {
  const lines = describe(program).flatMap(({ name, summary, options, words }) => {
    const within = `complete -c bitwright -n '__fish_seen_subcommand_from ${name}'`;
    const values = (choices: readonly string[]): string => (choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : ' -r');
    return [
      `complete -c bitwright -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
      ...options.map(
        ({ flag, summary, takesValue, choices }) =>
          `${within} -l ${flag.replace(/^--/, '')}${takesValue ? values(choices) : ''} -d ${quote(summary)}`,
      ),
      ...(words.length > 0 ? [`${within} -f -a ${quote(words.join(' '))}`] : []),
    ];
  });
  return `# fish completion of bitwright\n${lines.join('\n')}\n`;
}

export const shells = { bash, zsh, fish };
