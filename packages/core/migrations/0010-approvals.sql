-- Where a person was is kept no longer than the keypad can go back there.
update approvals set return_to = '' where status <> 'waiting' or expires_at < now();
create index approvals_with_return on approvals (expires_at) where return_to <> '';
