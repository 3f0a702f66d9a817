namespace ClientLb.OptionalPackages.Tests;

public class OptionalPackageTests(OptionalPackageWorlds worlds) : IClassFixture<OptionalPackageWorlds>
{
    [Fact]
    public void Build_without_the_package_leaves_the_folder_out()
    {
        AssertSucceeded(worlds.BuildLacking);
        Assert.False(worlds.CompiledWhenLacking);
    }

    [Fact]
    public void Build_without_the_package_gives_one_warning_and_no_error()
    {
        Assert.Contains("warning CLIENTLB001: Library is built without its folder Extra", worlds.BuildLacking.Output, StringComparison.Ordinal);
        Assert.Contains(" 1 Warning(s)", worlds.BuildLacking.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 Error(s)", worlds.BuildLacking.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pack_without_the_package_is_refused_with_its_name()
    {
        Assert.NotEqual(0, worlds.PackLacking.ExitCode);
        Assert.Contains("error CLIENTLB002: Library can't be packed", worlds.PackLacking.Output, StringComparison.Ordinal);
        Assert.Contains($"({LocalFeed.Package})", worlds.PackLacking.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_after_a_changed_version_asks_again_and_compiles_the_folder()
    {
        AssertSucceeded(worlds.BuildServed);
        Assert.True(worlds.CompiledWhenServed);
        Assert.Contains(" 0 Warning(s)", worlds.BuildServed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Command_after_an_answered_one_does_not_ask_again()
    {
        Assert.NotEqual(DateTime.FromFileTimeUtc(0), worlds.Probed.AtBuild);
        Assert.Equal(worlds.Probed.AtBuild, worlds.Probed.AfterPack);
    }

    [Fact]
    public void Pack_with_the_package_depends_on_it()
    {
        AssertSucceeded(worlds.PackServed);
        Assert.Contains($"<dependency id=\"{LocalFeed.Package}\" version=\"{LocalFeed.ServedVersion}\"", worlds.PackedSpecification, StringComparison.Ordinal);
    }

    [Fact]
    public void Tests_without_the_package_are_listed_as_skipped()
    {
        AssertSucceeded(worlds.TestLacking);
        Assert.Contains("Skipped LibraryTests.Extra.ExtraTests.Thing_made_is_there", worlds.TestLacking.Output, StringComparison.Ordinal);
        Assert.Contains("Skipped LibraryTests.Extra.ExtraTests.Thing_waited_for_comes", worlds.TestLacking.Output, StringComparison.Ordinal);
        Assert.Matches(@"Failed:\s+0, Passed:\s+1, Skipped:\s+2, Total:\s+3", worlds.TestLacking.Output);
    }

    [Fact]
    public void Tests_with_the_package_run()
    {
        AssertSucceeded(worlds.TestServed);
        Assert.Matches(@"Failed:\s+0, Passed:\s+3, Skipped:\s+0, Total:\s+3", worlds.TestServed.Output);
    }

    private static void AssertSucceeded(DotnetCommand command) =>
        Assert.True(command.ExitCode == 0, $"{command.Line}\n{command.Output}");
}
