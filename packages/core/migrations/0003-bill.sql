-- A month's bill reads these two kinds by person; they are rare, so the payment write does not feel it.
create index postings_in_bill on postings (person_id, posted_at)
  where kind in ('reversal', 'top_up');
