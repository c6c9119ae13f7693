/* SPDX-License-Identifier: MIT */
#include "cli/ui/context.h"

#include <string.h>

/*
 * The scripts only ask `credvault complete`, and quote what it answers as their shell wants it: a
 * word is never read as shell code.
 */

/*
 * bash parts words at ':', '=' and '@' too. The parts are joined, and what stands before the last
 * one is taken off the candidates again.
 */
static const char bash[] = "# credvault completion for bash\n"
			   "_credvault() {\n"
			   "\tlocal i part word about glue= last=${COMP_WORDS[COMP_CWORD]}\n"
			   "\tlocal -a words=()\n"
			   "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
			   "\t\tpart=${COMP_WORDS[i]//[\\\\\\'\\\"]/}\n"
			   "\t\tif [[ ${#words[@]} -gt 0 && ( $glue || $part == [:=@]* ) ]]; then\n"
			   "\t\t\twords[-1]+=$part\n"
			   "\t\telse\n"
			   "\t\t\twords+=(\"$part\")\n"
			   "\t\tfi\n"
			   "\t\t[[ $part == *[:=@] ]] && glue=1 || glue=\n"
			   "\tdone\n"
			   "\t[[ $last == [:=@]* ]] && last=\n"
			   "\tCOMPREPLY=()\n"
			   "\twhile IFS=$'\\t' read -r word about; do\n"
			   "\t\tif [[ $word == '<FILE>' ]]; then\n"
			   "\t\t\tcompopt -o default 2>/dev/null\n"
			   "\t\t\tcontinue\n"
			   "\t\tfi\n"
			   "\t\tprintf -v word %q \"${word#\"${words[-1]%\"$last\"}\"}\"\n"
			   "\t\tCOMPREPLY+=(\"$word\")\n"
			   "\tdone < <(credvault complete -- \"${words[@]}\" 2>/dev/null)\n"
			   "}\n"
			   "complete -F _credvault credvault\n";

static const char zsh[] =
    "#compdef credvault\n"
    "_credvault() {\n"
    "\tlocal word about files=\n"
    "\tlocal -a candidates shown\n"
    "\twhile IFS=$'\\t' read -r word about; do\n"
    "\t\tif [[ $word == '<FILE>' ]]; then\n"
    "\t\t\tfiles=1\n"
    "\t\t\tcontinue\n"
    "\t\tfi\n"
    "\t\tcandidates+=(\"$word\")\n"
    "\t\tshown+=(\"$word${about:+  -- $about}\")\n"
    "\tdone < <(credvault complete -- \"${(@Q)words[2,CURRENT-1]}\" \"${(Q)PREFIX}\" "
    "2>/dev/null)\n"
    "\tif [[ $files ]]; then\n"
    "\t\t[[ $PREFIX == --*=* ]] && compset -P '*='\n"
    "\t\t_files\n"
    "\telse\n"
    "\t\tcompadd -l -d shown -a candidates\n"
    "\tfi\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _credvault ]; then _credvault \"$@\"; "
    "else compdef _credvault credvault; fi\n";

static const char fish[] =
    "# credvault completion for fish\n"
    "function __credvault_complete\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l typed (commandline -ct)\n"
    "\tset -l answer (credvault complete -- $words[2..-1] \"$typed\" 2>/dev/null)\n"
    "\tif contains -- '<FILE>' $answer\n"
    "\t\tset -l option (string match -r -- '^--[^=]*=' \"$typed\")\n"
    "\t\tfor path in (__fish_complete_path (string replace -- \"$option\" '' \"$typed\"))\n"
    "\t\t\tprintf '%s%s\\n' \"$option\" $path\n"
    "\t\tend\n"
    "\telse\n"
    "\t\tprintf '%s\\n' $answer\n"
    "\tend\n"
    "end\n"
    "complete -c credvault -f -a '(__credvault_complete)'\n";

static bool run(struct cli *cli, struct error *err)
{
	const char *shell = cli_arg(cli, 0);

	if (strcmp(shell, "bash") == 0)
		out_printf(&cli->out, "%s", bash);
	else if (strcmp(shell, "zsh") == 0)
		out_printf(&cli->out, "%s", zsh);
	else if (strcmp(shell, "fish") == 0)
		out_printf(&cli->out, "%s", fish);
	else
		return error_set(err, ERROR_USAGE, "completion is for bash, zsh or fish");
	return true;
}

static const struct example examples[] = {
    {"bash, in ~/.bashrc", "source <(credvault completion bash)"},
    {"zsh, in a folder of $fpath", "credvault completion zsh > ~/.zfunc/_credvault"},
    {"fish", "credvault completion fish > ~/.config/fish/completions/credvault.fish"},
    {NULL, NULL},
};

const struct command command_completion = {
    .name = "completion",
    .summary = "completion for a shell",
    .usage = "bash | zsh | fish",
    .examples = examples,
    .args = "=bash zsh fish",
    .least = 1,
    .most = 1,
    .needs = NEEDS_NOTHING,
    .run = run,
};
