/** Folders of agent authors, packed reproducibly. */
@NullMarked
package global.pixell.par.testkit.internal.pack;

import org.jspecify.annotations.NullMarked;
