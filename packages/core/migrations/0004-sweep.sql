-- What has had its time is found by its end, not by looking through everything.
create index issued_codes_by_expiry on issued_codes (expires_at);
create index enrolments_by_expiry on enrolments (expires_at);
