#include "api/ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "api/ctl/exits.h"

static void print_list(void)
{
	(void)fputs("usage: sealctl [OPTION...] SUBCOMMAND [ARGUMENT...]\n\n", stdout);
	for (size_t i = 0; commands[i]; i++)
		(void)printf("  %-9s %s\n", commands[i]->name, commands[i]->about);
	(void)fputs(
		"\nEvery call takes\n"
		"  --socket PATH|@NAME  the guest's socket (SEALINIT_SOCKET; else\n"
		"                       /run/sealinit/api.sock, or @sealinit if that is absent)\n"
		"  --timeout SECONDS    for one answer (60)\n"
		"  --wait SECONDS       try again for so long while waiting can help\n"
		"\n`sealctl SUBCOMMAND --help` and sealctl(1) say more.\n",
		stdout);
}

void help_print(const struct command *command)
{
	if (!command) {
		print_list();
		return;
	}
	(void)printf("usage: sealctl %s %s\n\n%s\n%s", command->name, command->usage,
		     command->about, command->help);
}

static int run(const struct args *args)
{
	if (args->n_words == 0) {
		help_print(NULL);
		return 0;
	}
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, args->words[0]) == 0) {
			help_print(commands[i]);
			return 0;
		}
	return exits_report(CODE_USAGE, "help for a subcommand that there isn't");
}

const struct command command_help = {
	.name = "help",
	.usage = "[SUBCOMMAND]",
	.about = "what sealctl can do, or one of its subcommands",
	.help = "",
	.options = OPTION_HELP,
	.words_max = 1,
	.run = run,
};
