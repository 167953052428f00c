# bash completion of kamilictl: the program itself knows what may come next.
_kamilictl() {
    local word description
    local -a words descriptions
    while IFS=$'\t' read -r word description; do
        if [ "$word" = ":files" ]; then
            compopt -o default
            continue
        fi
        words+=("$word")
        descriptions+=("$description")
    done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    COMPREPLY=("${words[@]}")
    # While possibilities are listed they may say what they are; what is inserted is the word alone.
    if [ "${#words[@]}" -gt 1 ] && [ "${COMP_TYPE:-9}" -eq 63 ]; then
        local i
        for i in "${!words[@]}"; do
            [ -z "${descriptions[i]}" ] || COMPREPLY[i]="${words[i]}  (${descriptions[i]})"
        done
    fi
}
complete -F _kamilictl kamilictl
