import { Command, type HelpContext } from 'commander';
import { UsageError } from './exit.js';

/** commander's Command, but for wrong usage: one line on standard error, as for all else that goes wrong. */
export class Program extends Command {
  /** What stands like an option and is none of ours, on the line that is read. */
  private unread: readonly string[] = [];
  /** commander's, which knows what is spelt alike. */
  declare private readonly unknownOption: (flag: string) => never;

  override createCommand(name?: string): Program {
    return new Program(name);
  }

  override error(message: string): never {
    const problem = message
      .replace(/^error: /, '')
      .replace(/\n\(Did you mean (.*)\?\)$/, ', did you mean $1?');
    throw new UsageError(`${problem} (${this.path()} --help shows the usage)`);
  }

  /** Of a verb that there is not, `help` tells nothing. */
  override help(context?: HelpContext | ((text: string) => string)): never {
    const [verb, unknown] = this.args;
    const isWrong = typeof context === 'object' && context.error;
    if (isWrong && verb === 'help' && unknown !== undefined) this.error(`unknown command '${unknown}'`);
    return super.help(context as HelpContext);
  }

  override parseOptions(args: string[]) {
    const parsed = super.parseOptions(args);
    this.unread = parsed.unknown;
    return parsed;
  }

  /** A misspelt option is what to speak of, not that it is missing. commander calls this. */
  missingMandatoryOptionValue(option: { readonly flags: string }): void {
    const [unknown] = this.unread;
    if (unknown !== undefined) this.unknownOption(unknown);
    this.error(`option '${option.flags}' is missing`);
  }

  /** Of two values it is not known which is meant. Those that are collected come as lists. */
  override setOptionValueWithSource(key: string, value: unknown, source?: string): this {
    const isAgain = source === 'cli' && this.getOptionValueSource(key) === 'cli';
    if (isAgain && typeof value !== 'boolean' && !Array.isArray(value)) {
      const option = this.options.find(one => one.attributeName() === key);
      this.error(`option '${option?.flags ?? key}' is given twice`);
    }
    return super.setOptionValueWithSource(key, value, source);
  }

  private path(): string {
    const { parent } = this;
    return parent instanceof Program ? `${parent.path()} ${this.name()}` : this.name();
  }
}
