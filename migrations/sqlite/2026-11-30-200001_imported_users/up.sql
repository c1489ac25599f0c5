-- An id may be given here.
SELECT 1;
