# Creates, starts, stops and removes a PostgreSQL cluster.
#
#   sh -c SCRIPT watchdog PROGRAMS FOLDER [PORT]
#
# PROGRAMS is the folder of PostgreSQL's programs. FOLDER is the cluster's own,
# it holds the file settings.conf. With a PORT the cluster is a copy of the one
# whose server listens there, and has that one's settings instead.
#
# Each line of the input is an order:
#
#   a number    start the server on this port
#   stop        stop it as if its machine had failed
#   shut        stop it as an administrator does who does not wait for clients
#   reload      read role.conf again
#   promote     end its time as a standby
#   freeze      halt all its processes; the kernel still takes connections
#   thaw        let them continue
#
# Each line of the output is an exit status: first that of creating the cluster,
# then one for each line. The end of the input says that the owner is done or
# dead: then the server stops, the folder goes, and so does the script.

# The owner's end of the output may be gone, and signals are for the owner.
trap '' HUP INT PIPE TERM

programs=$1
folder=$2
primary=$3
data=$folder/data
exec 2>>"$folder/log"

# With a language's collation, so that a missing COLLATE "C" shows in the tests;
# servers before version 15 have none of their own.
create() {
    "$programs/initdb" --pgdata "$data" --username apikey --auth trust \
        --encoding UTF8 --locale C "$@" --no-sync >>"$folder/log"
}
if [ -n "$primary" ]; then
    "$programs/pg_basebackup" --pgdata "$data" --host 127.0.0.1 --port "$primary" \
        --username apikey --checkpoint fast --no-sync >>"$folder/log"
else
    { create --locale-provider icu --icu-locale en-US || create; } &&
        cat "$folder/settings.conf" >>"$data/postgresql.conf"
fi
echo $?

control() {
    action=$1
    shift
    "$programs/pg_ctl" "$action" --pgdata "$data" "$@" >>"$folder/log"
}

# The postmaster halts first, so that it starts no process that is not halted. A
# process of PostgreSQL has a session of its own, so there is no group to signal.
halt() {
    postmaster=$(head -n 1 "$data/postmaster.pid") && kill -s "$1" "$postmaster" || return
    for status in $(grep -ls "^PPid:[[:space:]]*$postmaster\$" /proc/[0-9]*/status); do
        child=${status#/proc/}
        # One that has ended meanwhile is fine.
        kill -s "$1" "${child%/status}"
    done
    return 0
}

# A halted server would not hear that it must stop.
stop() {
    halt CONT
    control stop --mode immediate --wait
}

while read -r line; do
    case $line in
    stop) stop ;;
    shut) control stop --mode fast --wait ;;
    reload) control reload ;;
    promote) control promote --wait --timeout 50 ;;
    freeze) halt STOP ;;
    thaw) halt CONT ;;
    *) control start --log "$folder/log" --wait --timeout 50 --options "-p $line" ;;
    esac
    echo $?
done

stop
rm -rf "$folder"
