# fish completion of kamilictl: the program itself knows what may come next.
function __kamilictl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        if string match -q ':files*' -- $line
            __fish_complete_path $current
        else
            printf '%s\n' $line
        end
    end
end
complete -c kamilictl -f -a '(__kamilictl_complete)'
