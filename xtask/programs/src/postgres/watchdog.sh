# Creates, starts, stops and removes a PostgreSQL cluster.
#
#   sh -c SCRIPT watchdog PROGRAMS FOLDER
#
# PROGRAMS is the folder of PostgreSQL's programs. FOLDER is the cluster's own,
# it holds the file settings.conf.
#
# Each line of the input is a port to start the server on, or the word that
# stops it as if its machine had failed. Each line of the output is an exit
# status: first that of creating the cluster, then one for each line. The end of the input says that the owner is done or dead: then the
# server stops, the folder goes, and so does the script.

# The owner's end of the output may be gone, and signals are for the owner.
trap '' HUP INT PIPE TERM

programs=$1
folder=$2
data=$folder/data
exec 2>>"$folder/log"

# With a language's collation, so that a missing COLLATE "C" shows in the tests;
# servers before version 15 have none of their own.
create() {
    "$programs/initdb" --pgdata "$data" --username apikey --auth trust \
        --encoding UTF8 --locale C "$@" --no-sync >>"$folder/log"
}
{ create --locale-provider icu --icu-locale en-US || create; } &&
    cat "$folder/settings.conf" >>"$data/postgresql.conf"
echo $?

stop() {
    "$programs/pg_ctl" stop --pgdata "$data" --mode immediate --wait >>"$folder/log"
}

while read -r line; do
    case $line in
    stop) stop ;;
    *) "$programs/pg_ctl" start --pgdata "$data" --log "$folder/log" \
        --wait --timeout 50 --options "-p $line" >>"$folder/log" ;;
    esac
    echo $?
done

stop
rm -rf "$folder"
