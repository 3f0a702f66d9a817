namespace ClientLb.Health;

/// <summary>What the guards say of an ejection.</summary>
/// <param name="Guard">Who speaks against it; <see cref="Health.Guard.None"/> where nobody does.</param>
/// <param name="Text">Why, in words that a person can read.</param>
internal readonly record struct GuardVerdict(Guard Guard, string Text)
{
    public bool IsAllowed => Guard == Guard.None;
}
