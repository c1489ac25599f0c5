DROP TABLE name_index;
DROP TABLE name_terms;
