-- +goose Up

-- What a search asks first about what was typed, as sought does for a release of before: also how common its last word is by itself, and how old the
-- products are, so that it is known where enough of them are found; and whether there may be any. Narrowed tells that not all that have the words are
-- asked for.
-- +goose StatementBegin
create function looked_for(
        typed text, open boolean, narrowed boolean, out whole text, out wanted text, out closed text, out in_name integer, out in_text integer,
        out others_in_name integer, out others_in_text integer, out last_in_name integer, out last_in_text integer, out named boolean, out there boolean,
        out many bigint, out newest timestamptz, out oldest timestamptz, out ages timestamptz[])
    language plpgsql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off -- also a plan that was made while the table was still empty
    as $$
#variable_conflict use_variable
declare
    q tsquery := websearch_to_tsquery('simple', folded(typed));
    others tsquery;
    last tsquery;
begin
    whole := whole(typed);
    wanted := case when querytree(q) in ('', 'T') then '' when open and q::text like '%''' then q::text || ':*' else q::text end;
    closed := coalesce(substring(wanted from '^((''[^''\\]*'' & )*''[^''\\]*'') & ''[^''\\]*'':\*$'), '');
    if closed <> '' then
        others := closed;
        last := substr(wanted, length(closed) + 4);
    end if;
    select count(*) filter (where p.words @@ wanted::tsquery and p.called @@ wanted::tsquery), count(*) filter (where p.words @@ wanted::tsquery),
            count(*) filter (where p.called @@ others), count(*) filter (where p.words @@ others),
            count(*) filter (where p.called @@ last), count(*) filter (where p.words @@ last), max(p.created_at), min(p.created_at)
        into in_name, in_text, others_in_name, others_in_text, last_in_name, last_in_text, newest, oldest
        from (select p.words, p.called, p.created_at from product p where p.deleted_at is null order by p.created_at desc, p.id desc limit 300) p;
    -- Materialized, so that it is planned as all of it would be: for the first row alone Postgres reads whatever there is until it is there.
    named := exists (
        with so as materialized (select from product p where p.deleted_at is null and p.called @@ ('''' || whole || '''')::tsquery) select from so);
    there := named or in_text > 0 or last_in_text > 1 or exists (
        with found as materialized (select from product p where p.deleted_at is null and p.words @@ wanted::tsquery) select from found);
    many := coalesce((select reltuples::bigint from pg_class where oid = 'product'::regclass), 0);
    if many > 2000 and (narrowed or in_name < 30) then -- else the first of them fill a page
        ages := (select s.histogram_bounds::text::timestamptz[] from pg_stats s
            where s.schemaname = current_schema() and s.tablename = 'product' and s.attname = 'created_at' and not s.inherited);
    end if;
end
$$;
-- +goose StatementEnd

-- +goose Down
drop function looked_for(text, boolean, boolean);
