-- +goose Up

-- What a search asks first about what was typed. It is planned once per connection: to unfold the functions within it took longer than to carry it out.
-- +goose StatementBegin
create function sought(typed text, open boolean, out whole text, out wanted text, out in_name integer, out in_text integer, out named boolean, out many bigint)
    language plpgsql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off -- also a plan that was made while the table was still empty
    as $$
#variable_conflict use_variable
declare
    q tsquery := websearch_to_tsquery('simple', folded(typed));
begin
    whole := whole(typed);
    wanted := case when querytree(q) in ('', 'T') then '' when open and q::text like '%''' then q::text || ':*' else q::text end;
    select count(*) filter (where newest.called @@ wanted::tsquery), count(*) into in_name, in_text
        from (select p.words, p.called from product p where p.deleted_at is null order by p.created_at desc, p.id desc limit 300) newest
        where newest.words @@ wanted::tsquery;
    -- Materialized, so that it is planned as all of it would be: for the first row alone Postgres reads whatever there is until it is there.
    named := exists (
        with so as materialized (select from product p where p.deleted_at is null and p.called @@ ('''' || whole || '''')::tsquery) select from so);
    many := coalesce((select reltuples::bigint from pg_class where oid = 'product'::regclass), 0);
end
$$;
-- +goose StatementEnd

-- +goose Down
drop function sought(text, boolean);
