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
static const char bash[] =
    "# credvault completion for bash\n"
    "# The command behind `--` completes itself, from word $1 on.\n"
    "_credvault_command() {\n"
    "\tlocal spec word at=$1\n"
    "\tif declare -F _command_offset >/dev/null; then\n"
    "\t\t_command_offset \"$at\"\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tif ((COMP_CWORD == at)); then\n"
    "\t\tcompopt -o default 2>/dev/null\n"
    "\t\twhile IFS= read -r word; do\n"
    "\t\t\tprintf -v word %q \"$word\"\n"
    "\t\t\tCOMPREPLY+=(\"$word\")\n"
    "\t\tdone < <(compgen -c -- \"${COMP_WORDS[at]}\" | sort -u)\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tspec=$(complete -p -- \"${COMP_WORDS[at]##*/}\" 2>/dev/null)\n"
    "\tif [[ $spec =~ \\ -F\\ ([^\\ ]+) ]]; then\n"
    "\t\tlocal -a COMP_WORDS=(\"${COMP_WORDS[@]:at}\")\n"
    "\t\tlocal COMP_CWORD=$((COMP_CWORD - at)) COMP_LINE=\"${COMP_WORDS[*]}\"\n"
    "\t\tlocal COMP_POINT=${#COMP_LINE}\n"
    "\t\t\"${BASH_REMATCH[1]}\" \"${COMP_WORDS[0]}\" \"${COMP_WORDS[COMP_CWORD]}\" \\\n"
    "\t\t\t\"${COMP_WORDS[COMP_CWORD - 1]}\"\n"
    "\telse\n"
    "\t\tcompopt -o default 2>/dev/null\n"
    "\tfi\n"
    "}\n"
    "_credvault() {\n"
    "\tlocal i part word about glue= last=${COMP_WORDS[COMP_CWORD]}\n"
    "\tlocal -a words=() starts=()\n"
    "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "\t\tpart=${COMP_WORDS[i]//[\\\\\\'\\\"]/}\n"
    "\t\tif [[ ${#words[@]} -gt 0 && ( $glue || $part == [:=@]* ) ]]; then\n"
    "\t\t\twords[-1]+=$part\n"
    "\t\telse\n"
    "\t\t\twords+=(\"$part\")\n"
    "\t\t\tstarts+=(\"$i\")\n"
    "\t\tfi\n"
    "\t\t[[ $part == *[:=@] ]] && glue=1 || glue=\n"
    "\tdone\n"
    "\t[[ $last == [:=@]* ]] && last=\n"
    "\tCOMPREPLY=()\n"
    "\twhile IFS=$'\\t' read -r word about; do\n"
    "\t\tif [[ $word == '<COMMAND>' && $about =~ ^[1-9][0-9]{0,5}$ ]]; then\n"
    "\t\t\t_credvault_command \"${starts[about - 1]}\"\n"
    "\t\t\treturn\n"
    "\t\telif [[ $word == '<FILE>' ]]; then\n"
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
    "\t\tif [[ $word == '<COMMAND>' && $about == <1-99999> ]]; then\n"
    "\t\t\tshift $about words\n"
    "\t\t\t(( CURRENT -= about ))\n"
    "\t\t\t_normal\n"
    "\t\t\treturn\n"
    "\t\telif [[ $word == '<FILE>' ]]; then\n"
    "\t\t\tfiles=1\n"
    "\t\t\tcontinue\n"
    "\t\tfi\n"
    "\t\tcandidates+=(\"$word\")\n"
    "\t\tshown+=(\"$word${about:+  -- $about}\")\n"
    "\tdone < <(credvault complete -- \"${(@Q)words[2,CURRENT-1]}\" \"${(Q)PREFIX}\" 2>/dev/null)\n"
    "\tif [[ $files ]]; then\n"
    "\t\t[[ $PREFIX == --*=* ]] && compset -P '*='\n"
    "\t\t_files\n"
    "\telse\n"
    "\t\tcompadd -l -d shown -a candidates\n"
    "\tfi\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _credvault ]; then _credvault \"$@\"; else compdef _credvault "
    "credvault; fi\n";

static const char fish[] =
    "# credvault completion for fish\n"
    "function __credvault_complete\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l typed (commandline -ct)\n"
    "\tset -l answer (credvault complete -- $words[2..-1] \"$typed\" 2>/dev/null)\n"
    "\tset -l command (string match -r '^<COMMAND>\\t([1-9][0-9]{0,4})$' -- \"$answer[1]\")\n"
    "\tif set -q command[2]\n"
    "\t\tset -l line\n"
    "\t\tfor word in $words[(math $command[2] + 1)..-1]\n"
    "\t\t\tset -a line (string escape -- $word)\n"
    "\t\tend\n"
    "\t\tcomplete -C (string join ' ' -- $line \"$typed\")\n"
    "\telse if contains -- '<FILE>' $answer\n"
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
    .summary = "print the completion script of a shell",
    .usage = "bash | zsh | fish",
    .examples = examples,
    .args = "=bash zsh fish",
    .least = 1,
    .most = 1,
    .needs = NEEDS_NOTHING,
    .run = run,
};
